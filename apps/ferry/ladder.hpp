// --trace: a session drawn as a ladder diagram, one HTML page that needs nothing else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ferry/recorder.hpp"

namespace ferry::cli {

// What else stands on the page.
struct ladder_page {
  std::string kind = "ferry trace";
  std::string above{};                  // HTML, before the drawings
  std::vector<std::string> sessions{};  // their titles, the first of session 1
};

std::string escaped(std::string_view text);  // in HTML

std::string draw_ladder(const recorder& from, const ladder_page& page = {});

// Errors: local.trace
result<void> write_ladder(const recorder& from, const std::string& file, const ladder_page& page = {});

// Whether a page can be, before it is worth the work. Errors: local.trace
result<void> may_be_written(const std::string& file);

}  // namespace ferry::cli
