// The client without coroutines: each call returns when it is done. For programs that want a file and no more.
//
//   ferry::client::blocking ftp;
//   if (auto ok = ftp.connect("ftp://user:secret@ftp.example.org"); !ok) return complain(ok.error());
//   for (const auto& file : ftp.list("pub").value_or({})) std::puts(file.name.c_str());
//   auto got = ftp.get("pub/readme.txt", "readme.txt");
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "client/settings.hpp"
#include "proto/list_parse.hpp"

namespace ferry::client {

class observer;

// One connection, made again when it was lost. Not thread-safe. Paths of the server are as the URL's: relative to the
// folder of the login. Local ones are the system's. Errors: as in session.hpp, get.hpp, put.hpp, url.hpp.
class blocking {
 public:
  explicit blocking(settings how = {}, observer* watch = nullptr);
  ~blocking();
  blocking(const blocking&) = delete;
  blocking& operator=(const blocking&) = delete;

  result<void> connect(std::string url);  // its path is not used
  void close();

  result<std::vector<proto::list_entry>> list(std::string folder = {});
  result<proto::list_entry> stat(std::string path);
  result<std::uint64_t> get(std::string remote, std::string local);  // the size
  result<std::uint64_t> put(std::string local, std::string remote);
  result<void> remove(std::string path);
  result<void> rename(std::string from, std::string to);
  result<void> make_directory(std::string path);
  result<void> remove_directory(std::string path);
  result<std::string> command(std::string line);  // "SITE HELP" -> "214 ..."

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace ferry::client
