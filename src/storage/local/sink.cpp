#include "storage/local/sink.hpp"

#include "storage/limits.hpp"
#include "storage/local/retire.hpp"

namespace ferry::storage::local {
namespace {

// A worker is asked seldom: a small new file is written and published in one go. A file written in place is not held
// back: what was acknowledged is in it, should the transfer break off.
class local_sink final : public sink {
 public:
  local_sink(net::loop& on, std::unique_ptr<upload> file) : loop_(on), upload_(std::move(file)) {}

  ~local_sink() override {
    if (upload_) retire(loop_, std::move(upload_));
  }

  task<result<void>> write(std::span<const char> from) override {
    if (!status_) co_return status_;
    if (!upload_->in_place() && held_.size() + from.size() <= limit::upload_buffer) {
      held_.insert(held_.end(), from.begin(), from.end());
      co_return status_;
    }
    auto put = [&] { return upload_->write(held_, from); };
    status_ = co_await loop_.offload(put);
    held_.clear();
    co_return status_;
  }

  task<result<void>> commit() override {
    if (!status_) co_return status_;
    auto finish = [&]() -> result<void> {
      auto done = upload_->write(held_, {});
      if (done) done = upload_->publish();
      upload_.reset();
      return done;
    };
    auto done = co_await loop_.offload(finish);
    status_ = done ? fail("storage.failed", "The upload is complete") : done;
    co_return done;
  }

  int descriptor() const noexcept override {
    return upload_ && held_.empty() && status_ && upload_->splices() ? upload_->descriptor() : -1;
  }

 private:
  net::loop& loop_;
  std::unique_ptr<upload> upload_;
  std::vector<char> held_;
  result<void> status_;  // the first failure stays
};

}  // namespace

std::unique_ptr<sink> make_sink(net::loop& on, std::unique_ptr<upload> file) {
  return std::make_unique<local_sink>(on, std::move(file));
}

}  // namespace ferry::storage::local
