// Writes lines to a descriptor on a thread of its own, so that a log which is slow or stuck never holds up a loop.
//
// Lines wait in one growing text that is written whole, so a burst of them costs few system calls and no more memory
// than its length. When the reader is so slow that limit::log_backlog bytes wait, further lines are dropped, counted,
// and the count is logged: a server that serves without a log line is better than one that a full pipe stops.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/result.hpp"

namespace ferry {
namespace limit {

inline constexpr std::size_t log_backlog = 4 << 20;        // bytes of lines that wait for one log
inline constexpr std::chrono::milliseconds log_pause{20};  // in which lines gather, after some were written

}  // namespace limit

namespace server {

// A file to append to, made if it is not there, readable by its owner and group only. Errors: log.open
result<int> open_log(const std::string& file);

class log_writer {
 public:
  // `to` stays open until the writer is destroyed, and is not closed by it.
  explicit log_writer(int to, std::size_t backlog = limit::log_backlog);
  ~log_writer();  // when all that waits is written, or cannot be
  log_writer(const log_writer&) = delete;
  log_writer& operator=(const log_writer&) = delete;

  void line(std::string_view text);
  std::uint64_t lost() const;

 private:
  void work();

  const int to_;
  const std::size_t backlog_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::string waiting_;
  std::uint64_t lost_ = 0;  // in all
  std::uint64_t told_lost_ = 0;
  bool idle_ = false;  // and to be woken by the next line
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace server
}  // namespace ferry
