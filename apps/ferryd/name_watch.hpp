// The addresses of names, again and again, from a process of its own: the walls keep this one from the files by which a
// system looks names up, and nobody knows which these are. It is told the names when it is made and nothing later.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "ferryd/walls.hpp"
#include "net/stream.hpp"

namespace ferry::limit {

inline constexpr std::chrono::seconds name_age{60};    // then its address is looked up anew
inline constexpr std::chrono::seconds name_retry{10};  // after a name of which none was found

}  // namespace ferry::limit

namespace ferry::ferryd {

// The first IPv4 address of a name. Blocks, for as long as the system's resolver likes. Errors: names.lookup
result<net::address> look_up(const std::string& name);

struct name_manner {
  std::function<result<net::address>(const std::string&)> look_up = ferryd::look_up;
  std::chrono::milliseconds again = limit::name_age, retry = limit::name_retry;
};

class name_watch {
 public:
  // Called on a thread of the watch's own, for the first answer of each name and for every other one than the last;
  // and with an error for each name should the process end by itself.
  using listener = std::function<void(const std::string& name, result<net::address>)>;

  // Starts the process, which becomes `who` and gives up every capability; no other thread may run yet.
  // Errors: names.process
  static result<std::unique_ptr<name_watch>> start(std::vector<std::string> names, const std::optional<identity>& who,
                                                   name_manner how = {});
  ~name_watch();  // ends both
  name_watch(const name_watch&) = delete;
  name_watch& operator=(const name_watch&) = delete;

  void tell(listener whom);  // once
  pid_t process() const { return child_; }

 private:
  name_watch(std::vector<std::string> names, fd from, pid_t child);
  void hear(const listener& whom);

  const std::vector<std::string> names_;
  fd from_;
  pid_t child_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace ferry::ferryd
