// Writes lines to a descriptor on a thread of its own, so that a log which is slow or stuck never holds up a loop.
//
// Lines wait in one growing text that is written whole, so a burst of them costs few system calls and no more memory
// than its length. When the reader is so slow that limit::log_backlog bytes wait, further lines are dropped, counted,
// and the count is logged: a server that serves without a log line is better than one that a full pipe stops.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace ferry {
namespace limit {

inline constexpr std::size_t log_backlog = 4 << 20;        // bytes of lines that wait for one log
inline constexpr std::chrono::milliseconds log_pause{20};  // in which lines gather, after some were written
inline constexpr std::chrono::seconds log_farewell{2};     // that the end of a server waits for a log to be written

}  // namespace limit

namespace server {

// A file to append to, made if it is not there, readable by its owner and group only. Errors: log.open
result<fd> open_log(const std::string& file);

class log_writer {
 public:
  explicit log_writer(fd to, std::size_t backlog = limit::log_backlog);
  // When all that waits is written or cannot be, or when limit::log_farewell has passed; the rest is lost then.
  ~log_writer();
  log_writer(const log_writer&) = delete;
  log_writer& operator=(const log_writer&) = delete;

  // Lines wait until then, and are lost without it. Errors: log.thread
  result<void> start();

  // From any thread:
  void line(std::string_view text);
  void move_to(fd other);                                              // what is not written yet goes there
  bool flush(std::chrono::milliseconds within = limit::log_farewell);  // until all is written; false: it is not
  std::uint64_t lost() const;

 private:
  struct state;
  const std::shared_ptr<state> state_;  // the thread's too: one that is stuck in a write is left to the process's end
  std::thread thread_;
};

}  // namespace server
}  // namespace ferry
