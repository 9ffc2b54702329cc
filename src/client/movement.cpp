#include "client/movement.hpp"

#include <algorithm>

#include "client/limits.hpp"

namespace ferry::client {
namespace {

// The end of a transfer whose bytes came to `passed`.
net::task<result<movement>> conclude(session& s, data_channel& data, result<void> passed) {
  const auto bytes = s.moved.bytes;
  if (!passed && passed.error().id != "data.reset") {
    co_await s.abort_data(data, bytes);
    if (s.cancelled()) co_return fail("session.cancelled", "it was stopped");
    co_return std::unexpected(passed.error());
  }
  auto final = co_await s.finish_data(data, bytes);
  // A broken data connection is explained by what the server says about it, if it does.
  if (!passed) {
    if (!final && final.error().id.starts_with("remote.")) co_return std::unexpected(final.error());
    co_return std::unexpected(passed.error());
  }
  if (final) co_return movement{.bytes = bytes, .confirmed = true};
  if (final.error().id == "reply.final") co_return movement{.bytes = bytes};
  co_return std::unexpected(final.error());
}

}  // namespace

net::task<result<movement>> receive(session& s, std::string verb, std::string argument, std::uint64_t restart,
                                    storage::sink& into, transfer::stages through) {
  const transfer_start begin{.at = restart};
  auto data = co_await s.open_data(std::move(verb), std::move(argument), begin);
  if (!data) co_return std::unexpected(data.error());
  transfer::pump pump{s.on(), *data->channel, s.moved, s.how().wait.stalled};
  auto passed = co_await pump.receive(into, std::move(through));
  co_return co_await conclude(s, *data, std::move(passed));
}

net::task<result<movement>> send(session& s, std::string verb, std::string argument, std::uint64_t restart,
                                 storage::source& from, std::uint64_t offset, transfer::stages through) {
  // What fits into the socket's buffers cannot be held up by a server that does not want it.
  const bool small = from.about().size - std::min(from.about().size, offset) <= limit::sent_without_leave;
  const transfer_start begin{.at = restart, .without_leave = small};
  auto data = co_await s.open_data(std::move(verb), std::move(argument), begin);
  if (!data) co_return std::unexpected(data.error());
  transfer::pump pump{s.on(), *data->channel, s.moved, s.how().wait.stalled};
  auto passed = co_await pump.send(from, offset, std::move(through));
  co_return co_await conclude(s, *data, std::move(passed));
}

net::task<result<movement>> send(session& s, std::string verb, std::string argument, transfer::producer& from,
                                 transfer::stages through) {
  auto data = co_await s.open_data(std::move(verb), std::move(argument));
  if (!data) co_return std::unexpected(data.error());
  transfer::pump pump{s.on(), *data->channel, s.moved, s.how().wait.stalled};
  auto passed = co_await pump.send(from, std::move(through));
  co_return co_await conclude(s, *data, std::move(passed));
}

}  // namespace ferry::client
