#include "storage/local/sink.hpp"

#include "storage/limits.hpp"
#include "storage/local/retire.hpp"

namespace ferry::storage::local {
namespace {

// A worker is asked seldom: a small new file is written and published in one go. A file written in place is not held
// back: what was acknowledged is in it, should the transfer break off.
class local_sink final : public sink {
 public:
  local_sink(net::loop& on, std::shared_ptr<const root_folder> root, path at, create_options options)
      : loop_(on), root_(std::move(root)), at_(std::move(at)), options_(options) {}

  ~local_sink() override {
    if (upload_) retire(loop_, std::move(upload_));
  }

  task<result<void>> open() {
    auto work = [&] { return begin(); };
    co_return co_await loop_.offload(work);
  }

  task<result<void>> write(std::span<const char> from) override {
    if (!status_) co_return status_;
    if (!written_in_place(options_) && held_.size() + from.size() <= limit::upload_buffer) {
      held_.insert(held_.end(), from.begin(), from.end());
      co_return status_;
    }
    auto put = [&]() -> result<void> {
      if (auto begun = begin(); !begun) return begun;
      return upload_->write(held_, from);
    };
    status_ = co_await loop_.offload(put);
    held_.clear();
    co_return status_;
  }

  task<result<std::size_t>> copy(source& from, std::uint64_t offset, std::size_t length) override {
    if (!status_) co_return std::unexpected(status_.error());
    if (from.descriptor() < 0) co_return co_await sink::copy(from, offset, length);
    auto work = [&]() -> result<std::optional<std::size_t>> {
      if (auto begun = begin(); !begun) return std::unexpected(begun.error());
      if (auto put = upload_->write(held_, {}); !put) return std::unexpected(put.error());
      return upload_->copy(from.descriptor(), offset, length);
    };
    auto copied = co_await loop_.offload(work);
    held_.clear();
    if (!copied) {
      status_ = std::unexpected(copied.error());
      co_return std::unexpected(copied.error());
    }
    if (!*copied) co_return co_await sink::copy(from, offset, length);
    co_return **copied;
  }

  void set_modified(file_time when) override { modified_ = when; }

  task<result<void>> commit() override {
    if (!status_) co_return status_;
    auto finish = [&]() -> result<void> {
      auto done = begin();
      if (done) done = upload_->write(held_, {});
      if (done) done = upload_->publish(modified_);
      upload_.reset();
      return done;
    };
    auto done = co_await loop_.offload(finish);
    status_ = done ? fail("storage.failed", "The upload is complete") : done;
    co_return done;
  }

  int descriptor() const noexcept override { return upload_ && held_.empty() && status_ ? upload_->descriptor() : -1; }

 private:
  // On a worker.
  result<void> begin() {
    if (upload_) return {};
    auto begun = upload::begin(*root_, at_, options_);
    if (!begun) return std::unexpected(begun.error());
    upload_ = std::move(*begun);
    return {};
  }

  net::loop& loop_;
  const std::shared_ptr<const root_folder> root_;
  const path at_;
  const create_options options_;
  std::unique_ptr<upload> upload_;
  std::optional<file_time> modified_;
  std::vector<char> held_;
  result<void> status_;  // the first failure stays
};

}  // namespace

task<result<std::unique_ptr<sink>>> make_sink(net::loop& on, std::shared_ptr<const root_folder> root, path at,
                                              create_options options) {
  const bool now = !options.late || written_in_place(options);
  auto out = std::make_unique<local_sink>(on, std::move(root), std::move(at), options);
  if (now) {
    if (auto ok = co_await out->open(); !ok) co_return std::unexpected(ok.error());
  }
  co_return out;
}

}  // namespace ferry::storage::local
