// A connection of which something was read that is for whoever comes next.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "net/stream.hpp"

namespace ferry::net {

class unread_stream final : public stream {
 public:
  unread_stream(std::unique_ptr<stream> under, std::string first)
      : under_(std::move(under)), first_(std::move(first)) {}

  io_result try_read(std::span<char> into) noexcept override {
    if (taken_ == first_.size()) return under_->try_read(into);
    const auto count = std::min(into.size(), first_.size() - taken_);
    std::copy_n(first_.data() + taken_, count, into.data());
    taken_ += count;
    if (taken_ == first_.size()) first_ = {}, taken_ = 0;
    return {.count = count};
  }
  io_result try_write(std::span<const char> from) noexcept override { return under_->try_write(from); }
  task<wait_status> ready(interest what, time_point deadline) override {
    if (what == interest::read && taken_ < first_.size()) co_return wait_status::ready;
    co_return co_await under_->ready(what, deadline);
  }
  void cancel(interest what) noexcept override { under_->cancel(what); }
  bool peer_closed() noexcept override { return under_->peer_closed(); }
  void no_delay() noexcept override { under_->no_delay(); }
  void close_write() noexcept override { under_->close_write(); }
  io_result try_finish() noexcept override { return under_->try_finish(); }
  bool hears_unasked() const noexcept override { return under_->hears_unasked(); }
  void reset() noexcept override { under_->reset(); }
  endpoint local() const override { return under_->local(); }
  endpoint peer() const override { return under_->peer(); }
  int descriptor() const noexcept override { return taken_ < first_.size() ? -1 : under_->descriptor(); }
  int send_descriptor() const noexcept override { return under_->send_descriptor(); }
  std::unique_ptr<stream> moved_to(loop& other) override {
    auto moved = under_->moved_to(other);
    if (!moved) return nullptr;
    return std::make_unique<unread_stream>(std::move(moved), first_.substr(taken_));
  }

 private:
  std::unique_ptr<stream> under_;
  std::string first_;
  std::size_t taken_ = 0;
};

}  // namespace ferry::net
