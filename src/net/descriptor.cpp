#include "net/descriptor.hpp"

#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace ferry::net {
namespace {

constexpr asio::as_tuple_t<asio::use_awaitable_t<executor>> as_result{};

}  // namespace

descriptor::~descriptor() {
  if (!registration_ && fd_ >= 0) ::close(fd_);
}

int descriptor::release() {
  if (registration_) registration_->handle.release();
  registration_.reset();
  return std::exchange(fd_, -1);
}

task<wait_status> descriptor::wait(interest what, time_point deadline) {
  failure_ = {};
  if (!registration_) {
    auto made = std::make_unique<registration>(loop_.get_executor());
    boost::system::error_code full;
    made->handle.assign(fd_, full);
    if (full) co_return failed(full);
    registration_ = std::move(made);
  }
  pending& mine = registration_->waits[what == interest::write];
  mine.expired = false;
  alarm limit(
      loop_, deadline,
      [](void* p) {
        auto& expired = *static_cast<pending*>(p);
        expired.expired = true;
        expired.signal.emit(asio::cancellation_type::all);
      },
      &mine);
  auto kind =
      what == interest::write ? asio::posix::descriptor_base::wait_write : asio::posix::descriptor_base::wait_read;
  auto [ec] =
      co_await registration_->handle.async_wait(kind, asio::bind_cancellation_slot(mine.signal.slot(), as_result));
  if (!ec) co_return wait_status::ready;
  if (ec != asio::error::operation_aborted) co_return failed(ec);
  if (mine.expired) co_return wait_status::timed_out;
  co_return wait_status::cancelled;
}

wait_status descriptor::failed(const boost::system::error_code& why) {
  failure_ = static_cast<std::errc>(why.value());
  return wait_status::failed;
}

void descriptor::cancel(interest what) noexcept {
  if (registration_) registration_->waits[what == interest::write].signal.emit(asio::cancellation_type::all);
}

}  // namespace ferry::net
