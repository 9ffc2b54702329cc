#include "client/movement.hpp"

#include <algorithm>

#include "client/limits.hpp"

namespace ferry::client {
namespace {

transfer::parameters parameters_of(const data_channel& data) {
  return {.type = transfer::data_type::image, .mode = data.mode};
}

// The server knows better than this end why the bytes did not come, or did not go.
bool explained_by_server(const error& why, const data_channel& data) {
  if (why.id == "data.reset") return true;
  const bool stream = data.mode == transfer::transfer_mode::stream;
  return !stream && (why.id == "data.truncated" || why.id == "data.given_up");
}

// The end of a transfer whose bytes came to `passed`.
net::task<result<movement>> end(session& s, data_channel& data, result<void> passed) {
  const auto bytes = s.moved.bytes, content = s.moved.content;
  const bool stream = data.mode == transfer::transfer_mode::stream;
  const bool explained = !passed && explained_by_server(passed.error(), data);
  if (!passed && !data.in_step && !explained) {
    co_await s.abort_data(data, bytes);
    if (s.cancelled()) co_return fail("session.cancelled", "it was stopped");
    if (stream || passed.error().id != "data.malformed") co_return std::unexpected(passed.error());
    s.distrust(data.mode);
    co_return fail("data.mode", passed.error().cause);
  }
  auto final = co_await s.finish_data(data, bytes);
  if (!passed) {
    if (!final && explained && final.error().id.starts_with("remote.")) co_return std::unexpected(final.error());
    if (!stream && final && passed.error().id == "data.truncated") {
      s.distrust(data.mode);
      co_return fail("data.mode", passed.error().cause);
    }
    co_return std::unexpected(passed.error());
  }
  if (final) co_return movement{.bytes = bytes, .content = content, .confirmed = true};
  if (final.error().id == "reply.final") co_return movement{.bytes = bytes, .content = content};
  co_return std::unexpected(final.error());
}

// What fits into the socket's buffers cannot be held up by a server that does not want it.
transfer_start start_of(const storage::source& from, std::uint64_t restart, std::uint64_t offset) {
  const auto size = from.about().size - std::min(from.about().size, offset);
  return {.at = restart, .without_leave = size <= limit::sent_without_leave, .size = size};
}

net::task<result<void>> pour(session& s, data_channel& data, storage::source& from, std::uint64_t offset,
                             transfer::stages through) {
  transfer::encoding how(parameters_of(data), false, std::move(through));
  transfer::pump pump{s.on(), *data.channel, s.moved, s.how().wait.stalled};
  auto passed = co_await pump.send(from, offset, std::move(how));
  data.in_step = pump.in_step;
  co_return passed;
}

}  // namespace

net::task<result<movement>> receive(session& s, std::string verb, std::string argument, transfer_start begin,
                                    storage::sink& into, transfer::stages through) {
  auto data = co_await s.open_data(std::move(verb), std::move(argument), begin);
  if (!data) co_return std::unexpected(data.error());
  transfer::decoding how(parameters_of(*data), std::move(through));
  transfer::pump pump{s.on(), *data->channel, s.moved, s.how().wait.stalled};
  auto passed = co_await pump.receive(into, how, data->ahead);
  // What is wrong is on this side: a little that is left is read over, so that the next file can follow.
  const bool here = !passed && !passed.error().id.starts_with("data.");
  if (here && how.keeps_connection() && !pump.in_step && begin.size && *begin.size <= limit::skipped) {
    auto skipped = co_await pump.skip(how, data->ahead);
  }
  data->in_step = pump.in_step;
  co_return co_await end(s, *data, std::move(passed));
}

net::task<result<movement>> send(session& s, std::string verb, std::string argument, std::uint64_t restart,
                                 storage::source& from, std::uint64_t offset, transfer::stages through) {
  const auto begin = start_of(from, restart, offset);
  auto data = co_await s.open_data(std::move(verb), std::move(argument), begin);
  if (!data) co_return std::unexpected(data.error());
  auto passed = co_await pour(s, *data, from, offset, std::move(through));
  co_return co_await end(s, *data, std::move(passed));
}

net::task<result<movement>> send(session& s, std::string verb, std::string argument, transfer::producer& from,
                                 transfer::stages through, std::uint64_t restart) {
  const transfer_start begin{.at = restart};
  auto data = co_await s.open_data(std::move(verb), std::move(argument), begin);
  if (!data) co_return std::unexpected(data.error());
  transfer::encoding how(parameters_of(*data), false, std::move(through));
  transfer::pump pump{s.on(), *data->channel, s.moved, s.how().wait.stalled};
  auto passed = co_await pump.send(from, std::move(how));
  data->in_step = pump.in_step;
  co_return co_await end(s, *data, std::move(passed));
}

net::task<result<sent_ahead>> send_ahead(session& s, std::string path, storage::source& from,
                                         transfer::stages through) {
  transfer_start begin = start_of(from, 0, 0);
  begin.without_leave = true;
  auto data = co_await s.open_data("STOR", std::move(path), begin);
  if (!data) co_return std::unexpected(data.error());
  sent_ahead out{.transfer = data->transfer};
  auto passed = co_await pour(s, *data, from, 0, std::move(through));
  out.bytes = s.moved.bytes;
  out.content = s.moved.content;
  const bool explained = !passed && explained_by_server(passed.error(), *data);
  if (!passed && !data->in_step && !explained) {
    co_await s.abort_data(*data, out.bytes);
    co_return std::unexpected(passed.error());
  }
  s.leave_data(*data, out.bytes);
  if (explained) out.broken = passed.error();
  if (!passed && !explained) out.failed = passed.error();
  co_return out;
}

net::task<result<movement>> conclude(session& s, sent_ahead what) {
  auto final = co_await s.conclude(what.transfer);
  if (what.failed) co_return std::unexpected(*what.failed);
  if (!final) co_return std::unexpected(final.error());
  if (what.broken) co_return std::unexpected(*what.broken);
  co_return movement{.bytes = what.bytes, .content = what.content, .confirmed = true};
}

}  // namespace ferry::client
