// Keeps what happened, in order, to be drawn later.
#pragma once

#include <string>
#include <vector>

#include "client/observer.hpp"

namespace ferry::cli {

inline constexpr std::size_t recorded_marks = 20'000;  // more of one run are counted, not kept

struct mark {
  enum class kind : std::uint8_t { connecting, connected, closed, command, reply, data_opened, data_closed, trouble };
  kind what = kind::command;
  unsigned session = 1;
  duration at{};        // since the first mark
  std::string text;     // the line; the words of an error
  int code = 0;         // of a reply
  net::endpoint local;  // of a connection
  net::endpoint peer;
  client::rung way{};  // of a data connection
  bool kept = false;   // it was open already
  std::string verb;
  std::uint64_t bytes = 0;
  duration took{};
};

class recorder : public client::observer {
 public:
  const std::vector<mark>& marks() const { return marks_; }
  std::size_t left_out() const { return left_out_; }

  void connecting(unsigned session, const net::endpoint& to) override;
  void connected(unsigned session, const net::endpoint& local, const net::endpoint& peer) override;
  void closed(unsigned session, const error* why) override;
  void command(unsigned session, std::string_view line) override;
  void reply(unsigned session, const proto::reply& what) override;
  void data_failed(unsigned session, client::rung way, const error& why) override;
  void data_opened(unsigned session, const client::data_facts& what) override;
  void data_closed(unsigned session, const client::data_facts& what) override;
  void retrying(unsigned session, const error& why, unsigned next, std::chrono::milliseconds after) override;

 private:
  void add(mark::kind what, unsigned session, mark rest);
  std::vector<mark> marks_;
  std::size_t left_out_ = 0;
  time_point start_{};
};

}  // namespace ferry::cli
