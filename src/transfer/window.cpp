#include "transfer/window.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ferry::transfer {
namespace {

class windowed_source final : public storage::source {
 public:
  windowed_source(std::unique_ptr<storage::source> file, std::uint64_t end)
      : file_(std::move(file)), about_(file_->about()) {
    about_.size = std::min(about_.size, end);
  }

  const storage::info& about() const override { return about_; }
  storage::task<result<std::size_t>> read(std::uint64_t offset, std::span<char> into) override {
    const auto left = about_.size - std::min(about_.size, offset);
    into = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left)));
    if (into.empty()) co_return std::size_t{0};
    co_return co_await file_->read(offset, into);
  }
  int descriptor() const noexcept override { return file_->descriptor(); }
  bool at_hand(std::uint64_t offset, std::size_t length) noexcept override { return file_->at_hand(offset, length); }

 private:
  std::unique_ptr<storage::source> file_;
  storage::info about_;
};

class exact_sink final : public storage::sink {
 public:
  exact_sink(std::unique_ptr<storage::sink> file, std::uint64_t length)
      : file_(std::move(file)), length_(length), left_(length) {}

  storage::task<result<void>> write(std::span<const char> from) override {
    const auto fits = static_cast<std::size_t>(std::min<std::uint64_t>(from.size(), left_));
    auto written = co_await file_->write(from.first(fits));
    if (!written) co_return written;
    left_ -= fits;
    if (fits < from.size()) co_return wrong("more came");
    co_return written;
  }
  void set_modified(file_time when) override { file_->set_modified(when); }
  storage::task<result<void>> commit() override {
    if (left_ > 0) co_return wrong(fmt::format("{} came", length_ - left_));
    co_return co_await file_->commit();
  }

 private:
  std::unexpected<error> wrong(std::string_view what) const {
    return fail("data.range", fmt::format("the range has {} bytes, and {}", length_, what));
  }

  std::unique_ptr<storage::sink> file_;
  const std::uint64_t length_;
  std::uint64_t left_;
};

}  // namespace

std::unique_ptr<storage::source> up_to(std::unique_ptr<storage::source> file, std::uint64_t end) {
  return std::make_unique<windowed_source>(std::move(file), end);
}

std::unique_ptr<storage::sink> exactly(std::unique_ptr<storage::sink> file, std::uint64_t length) {
  return std::make_unique<exact_sink>(std::move(file), length);
}

}  // namespace ferry::transfer
