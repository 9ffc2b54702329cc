// Several sessions of one client on one loop, working off a queue.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "client/fxp.hpp"
#include "client/get.hpp"
#include "client/put.hpp"
#include "client/session.hpp"
#include "net/event.hpp"

namespace ferry::client {

// One piece of work. What it returns matters to the crew only when the server has no room for the connection: another
// session does the job then. It keeps its own result, anew when it is run again.
using job = std::function<net::task<result<void>>(session& s)>;

// The server takes fewer connections: others may go on.
bool no_room(const error& why);

class crew {
 public:
  // settings.connections sessions at most, numbered from `first` on.
  crew(const surroundings& around, site where, settings how, unsigned first_number = 1);
  ~crew();

  // The first session, opened if need be: for what comes before the many.
  session& first();

  // The session beside `s`, which is of another crew: they work in pairs.
  session& beside(const crew& other, const session& s) { return member(s.number() - other.first_number_); }

  void add(job work);  // also while run() runs, from a job
  net::loop& on() const { return around_.on; }
  const settings& how() const { return how_; }

  // Until the queue is empty. A server that refuses further connections (421, 530) gets fewer. The error is the one
  // that kept every session from working; jobs that were left are dropped then.
  net::task<result<void>> run();

  void cancel();
  net::task<> close();
  unsigned working() const { return limit_; }  // connections that the server was found to take

 private:
  session& member(std::size_t index);
  net::task<result<void>> enter(session& s);
  net::task<> work(std::size_t index);
  bool retire(const error& why);

  surroundings around_;
  site where_;
  settings how_;
  const unsigned first_number_;
  std::deque<job> jobs_;
  std::vector<std::unique_ptr<session>> sessions_;
  unsigned limit_ = 1;
  std::size_t running_ = 0;
  bool cancelled_ = false;
  std::optional<error> failure_;
  net::event* changed_ = nullptr;  // a job was added, or a session has no more to do
};

// As list_tree(), several folders at a time.
net::task<result<tree>> walk(crew& c, std::string folder, std::function<bool(const std::string& path)> enter = {});

struct download {
  std::string remote;
  storage::path to;
  get_options how{};
};
struct upload {
  storage::path file;
  std::string remote;
  put_options how{};
  std::optional<std::uint64_t> size{};  // where it is known: for how many connections are worth while
};
struct copying {
  std::string source;
  std::string target;
  copy_options how{};
};
struct file_result {
  file_facts facts;
  std::optional<error> failed;
};

// On whichever session is free, several at a time where the server takes that; results in the order given.
net::task<std::vector<file_result>> get_many(crew& c, storage::storage& into, std::vector<download> files);
net::task<std::vector<file_result>> copy_many(crew& from, crew& to, std::vector<copying> files);
net::task<std::vector<file_result>> put_many(crew& c, storage::storage& from, std::vector<upload> files);

// One file in as many segments as the crew has sessions; as get() where it is small or the server cannot (REST).
// Interrupted, it goes on with what is missing, by this or by get().
net::task<result<file_facts>> get_in_segments(crew& c, std::string remote, storage::storage& into, storage::path to,
                                              get_options options = {});

}  // namespace ferry::client
