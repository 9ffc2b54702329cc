// A server that does as a test says: a plain and honest one until then. It lives on the client's own loop and network.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/loop.hpp"
#include "net/stream.hpp"
#include "proto/line_reader.hpp"

namespace ferry::client::test_support {

class fake_server {
 public:
  fake_server(net::loop& on, net::network& through, net::endpoint at);

  // What it says and has.
  std::string greeting = "220 fake ready\r\n";
  std::vector<std::string> features{"EPSV", "EPRT", "REST STREAM", "SIZE", "MDTM", "MLST type*;size*;modify*;"};
  std::map<std::string, std::string> files;
  std::map<std::string, std::string> listings;  // of a folder, as MLSD and LIST send them; else made of `files`

  // Said instead of an honest answer to the verb, the first at its first coming and so on, the last for good. Written
  // as it stands; "" says nothing, "!" ends the connection, "~" is the honest answer.
  std::map<std::string, std::deque<std::string>> instead;

  enum class finish {
    after_data,
    before_data,
    with_first,
    late,
    never,
    closes  // the control connection instead
  } finish = finish::after_data;
  std::chrono::seconds late{0};                                    // finish::late
  enum class blocks { none, kept, closed } mode_b = blocks::none;  // MODE B, and the data connection behind a file
  std::string ending = "226 done\r\n";                             // behind the data
  std::chrono::seconds dawdling{0};                                // before ABOR is answered, a 1xx each second
  std::optional<std::size_t> cut;     // bytes of a file that are sent before a 226 all the same
  std::optional<std::size_t> broken;  // bytes before the data connection is reset and 426 is said; once
  bool dies_in_data = false;          // with `broken`: the control connection is reset as well
  unsigned given_up = 0;              // of the next uploads: what had the name stays as it was
  bool in_pieces = false;             // replies byte by byte
  std::chrono::seconds reaching{5};   // how long it tries to reach the client (PORT, EPRT)
  std::size_t connections_allowed = 1000;

  // What it saw.
  std::vector<std::string> heard;
  std::size_t connections = 0;

  bool was_told(std::string_view line) const;
  std::size_t count(std::string_view start) const;

 private:
  struct visit;
  net::task<> accept();
  net::task<> serve(std::unique_ptr<net::stream> control);
  net::task<bool> obey(visit& v, std::string line);
  net::task<bool> transfer(visit& v, std::string verb, std::string name);
  net::task<std::optional<std::string>> read_blocks(visit& v, net::stream& from);
  net::task<bool> say(net::stream& to, std::string text);
  net::task<std::unique_ptr<net::stream>> data(visit& v);
  std::optional<std::string> told_instead(const std::string& verb);
  std::string honest(visit& v, const std::string& verb, const std::string& argument);
  std::string listing_of(const std::string& folder) const;
  std::string modified(const std::string& name) const;
  void keep(const std::string& name, std::string content);

  net::loop& on_;
  net::network& through_;
  net::endpoint at_;
  std::unique_ptr<net::listener> door_;
  const time_point began_;
  std::map<std::string, time_point> stored_;  // by a client; what a test put there is as old as the server
};

}  // namespace ferry::client::test_support
