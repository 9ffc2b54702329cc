// How far the transfers are: a bar for each that is under way and a line for all together, on a terminal; elsewhere
// one line for each file that is done.
#pragma once

#include <vector>

#include "client/observer.hpp"
#include "ferry/console.hpp"

namespace ferry::cli {

class progress : public client::observer {
 public:
  progress(console& out, bool bars) : out_(out), bars_(bars && out.errors_are_terminal() && !out.quiet()) {}

  void be_silent() { tells_ = false; }  // of files that have come

  // More is to come: it widens the whole by which "left" and the time to go are counted.
  void expect(std::size_t files, std::uint64_t bytes);
  void draw();
  void tell();  // as an event, when something is under way
  void clear() { out_.show({}); }

  void file_started(unsigned session, const client::file_facts& what, const transfer::progress& moved) override;
  void file_ended(unsigned session, const client::file_facts& what, const error* why) override;
  void retrying(unsigned session, const error& why, unsigned next, std::chrono::milliseconds after) override;
  void note(unsigned session, std::string_view sentence) override;

  std::size_t files() const { return files_done_; }
  std::uint64_t bytes() const { return bytes_done_; }  // of files, whatever was on the wire
  bool sent() const { return sent_; }                  // a server was to store something
  duration elapsed() const { return started_ == time_point{} ? duration{} : clock::now() - started_; }

 private:
  struct active {
    const client::file_facts* facts;
    const transfer::progress* moved;
  };
  std::string bar(const active& one) const;
  std::string total() const;
  std::uint64_t left() const;
  std::uint64_t bytes_now() const;
  double rate();

  console& out_;
  const bool bars_;
  bool tells_ = true;
  bool sent_ = false;
  std::vector<active> active_;  // in the order that they began
  std::size_t files_expected_ = 0, files_done_ = 0;
  std::uint64_t bytes_expected_ = 0, bytes_done_ = 0;
  time_point started_{};
  time_point looked_{};
  std::uint64_t seen_ = 0;
  double rate_ = 0;  // bytes a second, smoothed
};

}  // namespace ferry::cli
