// A client by the book, and one that breaks off anywhere. It knows what its own files should hold, and looks after
// each step whether the server has kept its word.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "proto/reply.hpp"
#include "proto/reply_reader.hpp"
#include "server/test_support/reply_lint.hpp"
#include "sim/world.hpp"

namespace ferry::sim {

// How a transfer goes on when half of it has been moved.
enum class turn {
  whole,        // as it should
  reset,        // the data connection breaks
  end_early,    // of an upload: what was sent is all
  stall,        // nothing more, for longer than the server waits
  abort,        // ABOR
  pause,        // for less than that
  leave,        // the control connection is closed, the data connection goes on
  break_off,    // both break
  never_opened  // the data connection is not made at all
};

enum class way { pasv, epsv, port, eprt, none };

class visitor {
 public:
  visitor(world& in, unsigned number);

  net::task<bool> connect();  // and is greeted
  net::task<bool> arrive();   // and logs in; false when that was not possible
  net::task<> leave();        // QUIT

  net::task<> upload(std::string verb, std::string path, std::string content, way by, turn how);
  net::task<> upload_from(std::uint64_t offset, std::string path, std::string content, way by);
  net::task<> download(std::string path, std::uint64_t offset, way by, turn how);
  net::task<> list(std::string verb, std::string path, way by);
  net::task<> remove(std::string path);
  net::task<> rename(std::string from, std::string to);
  net::task<> size(std::string path);
  net::task<> text(bool on);  // TYPE A or I

  // Sends a line and gives the reply to it; code 0 when the connection is lost.
  net::task<proto::reply> ask(std::string line);
  net::task<> say(std::string bytes);  // as they are
  // Says it again and again until the server has taken nothing for a second; gives how often.
  net::task<std::size_t> repeat(std::string line);
  net::task<proto::reply> hear();
  net::task<> fall_silent();  // until the server has ended the session
  void hang_up();             // no goodbye

  bool here() const { return control_ != nullptr; }
  bool left() const { return !in_.serves(home_.address()); }  // the server has ended the session
  const net::endpoint& home() const { return home_; }

 private:
  struct rendezvous {
    std::unique_ptr<net::listener> ear;
    net::endpoint to;
  };
  struct taken {
    std::string bytes;
    bool ended = false;  // in order
  };

  net::task<bool> arrange(rendezvous& out, way by);
  net::task<std::unique_ptr<net::stream>> open(rendezvous& at);
  net::task<bool> send(net::stream& to, std::string_view bytes);
  net::task<taken> take(net::stream& from, std::size_t most);
  net::task<proto::reply> end_of_transfer(turn how, std::unique_ptr<net::stream>& data);
  void expect(const std::string& path, std::optional<std::string> content) { known_[path] = std::move(content); }

  world& in_;
  const unsigned number_;
  const net::endpoint home_;
  std::unique_ptr<net::stream> control_;
  proto::reply_reader reader_;
  std::unique_ptr<server::test_support::reply_lint> lint_;
  bool text_ = false;
  // Of the files that this visitor alone writes, those whose content is certain; nullopt: the name is free.
  std::map<std::string, std::optional<std::string>> known_;
};

}  // namespace ferry::sim
