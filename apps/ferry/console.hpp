// What ferry says: what was asked for on standard output, all else on standard error, and how it all ended.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ferry/exit_codes.hpp"
#include "ferry/json_line.hpp"
#include "ferry/options.hpp"

namespace ferry::cli {

enum class tone { plain, bold, dim, good, warning, bad };

class console {
 public:
  explicit console(const options& given);
  ~console() { show({}); }
  console(const console&) = delete;
  console& operator=(const console&) = delete;

  // Standard output
  void data(std::string_view text);   // as it is
  void line(std::string_view text);   // a name that came from a server: on a terminal without what would steer it
  void event(const json_line& what);  // with --json only

  // Standard error; nothing with --quiet, but for errors
  void say(std::string_view text, tone how = tone::plain);
  void warn(std::string_view text);

  // What failed and why; counts for the exit code.
  void complain(std::string_view subject, const error& what);
  void succeeded() { ++successes_; }
  void failed_with(int code);  // said already
  void stopped_by(int code) { stopped_by_ = code; }
  bool stopped() const { return stopped_by_ != 0; }
  int exit_code() const;
  std::size_t failures() const { return failures_; }
  void forget() { successes_ = failures_ = 0, worst_ = stopped_by_ = 0; }

  // The lines below everything else, drawn anew each time. On a terminal only.
  void show(std::vector<std::string> lines);

  std::string painted(std::string_view text, tone how) const;
  bool json() const { return json_; }
  bool quiet() const { return quiet_; }
  bool output_is_terminal() const { return output_is_terminal_; }
  bool errors_are_terminal() const { return errors_are_terminal_; }
  std::size_t columns() const;

  // `text` in which nothing steers a terminal.
  static std::string harmless(std::string_view text);

 private:
  void erase();
  void draw();

  const bool json_, quiet_, output_is_terminal_, errors_are_terminal_, color_;
  std::vector<std::string> shown_;
  std::size_t successes_ = 0;
  std::size_t failures_ = 0;
  int worst_ = 0;  // the code of all failures, or `some_failed` when they differ
  int stopped_by_ = 0;
};

std::string human_size(std::uint64_t bytes);  // "1.4 MiB"
std::string human_time(double seconds);       // "1:05"

}  // namespace ferry::cli
