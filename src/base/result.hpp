// How ferry says that something went wrong: a value, never an exception.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace ferry {

// `id` is stable and dotted ("data.passive.timeout"): programs and documentation refer to it.
// `cause` is what happened, `advice` one sentence on what to do (may be empty). All are UTF-8 without a final stop.
struct error {
  std::string_view id;
  std::string cause;
  std::string advice;
  std::errc code{};  // the system's own error where there was one

  friend bool operator==(const error&, const error&) = default;
};

template <class T>
using result = std::expected<T, error>;

inline std::unexpected<error> fail(std::string_view id, std::string cause, std::string advice = {},
                                   std::errc code = {}) {
  return std::unexpected(error{id, std::move(cause), std::move(advice), code});
}

// An error of the system: `errno_value` gives the cause.
inline std::unexpected<error> fail_errno(std::string_view id, int errno_value, std::string advice = {}) {
  return std::unexpected(
      error{id, std::generic_category().message(errno_value), std::move(advice), static_cast<std::errc>(errno_value)});
}

}  // namespace ferry
