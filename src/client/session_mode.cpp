// The session's transfer mode, and the data connection that is kept from one transfer to the next (RFC 959 §3.4).
#include <fmt/format.h>

#include "client/errors.hpp"
#include "client/limits.hpp"
#include "client/session.hpp"
#include "client/transfer_kinds.hpp"
#include "proto/block_mode.hpp"
#include "transfer/decoding.hpp"
#include "transfer/pump.hpp"

namespace ferry::client {
namespace {

constexpr std::string_view pipeline_option = "MODE B PIPELINE ON";

char letter_of(transfer::transfer_mode mode) {
  switch (mode) {
    case transfer::transfer_mode::stream: return 'S';
    case transfer::transfer_mode::block: return 'B';
    case transfer::transfer_mode::compressed: return 'C';
    case transfer::transfer_mode::deflate: return 'Z';
  }
  return 'S';
}

}  // namespace

// Whether bytes may go before the server has said that it wants them. On a connection that is kept, those that it does
// not want would be taken for the next file.
bool session::unasked(const transfer_start& from) const {
  return from.without_leave && (keeps(mode_) ? takes_files_ : pipelines_);
}

// Over the data connection that the transfer before has left open.
net::task<result<data_channel>> session::go_on(std::string verb, std::string argument, transfer_start from) {
  if (cancelled_) co_return stopped();
  moved = {};
  const auto way = kept_->way;
  auto transfer = co_await begin(way, verb, std::move(argument), from);
  if (!transfer) co_return std::unexpected(transfer.error());
  if (!kept_) co_return fail("data.way.failed", "the data connection was closed");
  data_channel data{.channel = std::move(kept_->channel),
                    .facts{.way = way, .kept = true},
                    .transfer = std::move(*transfer),
                    .mode = mode_,
                    .ahead = std::move(kept_->ahead)};
  kept_.reset();
  if (!unasked(from)) {
    const std::unique_ptr<net::stream> another;  // what comes on this one may belong to the transfer before
    auto ok = co_await begun(data.transfer, another);
    if (!ok) {
      if (refused_whole(ok.error()))
        yield_file(data);
      else
        drop_kept();
      co_return std::unexpected(ok.error());
    }
  }
  started(data, std::move(verb));
  co_return data;
}

// What was refused moved no data: the connection is there for the next. Only a server that takes one file for each
// upload is owed one.
void session::yield_file(data_channel& data) {
  if (!control_ || !data.channel || !keeps(data.mode)) return;
  if (takes_files_ && is_upload(data.transfer->verb())) {
    std::string end;
    proto::block_encoder().give_up(end);
    // As little as this waits for nobody.
    const auto io = data.channel->try_write(end);
    if (io.what != net::io_result::state::moved || io.count != end.size()) return drop_kept();
  }
  kept_.emplace(std::move(data.channel), data.facts.way, std::move(data.ahead));
}

// The replies to what was sent behind a transfer that has lost its data connection come, and are of no interest.
void session::drop_kept() {
  kept_.reset();
  ahead_.clear();
}

// What was asked for ahead, and whose file nobody wants any more.
net::task<> session::pass_over(asked transfer) {
  const std::unique_ptr<net::stream> another;
  auto ok = co_await begun(transfer, another);
  if (!ok || !control_) co_return;
  if (kept_) {
    transfer::decoding how({.type = transfer::data_type::image, .mode = mode_});
    moved = {};
    transfer::pump pump{on(), *kept_->channel, moved, how_.wait.stalled};
    auto skipped = co_await pump.skip(how, kept_->ahead);
    if (!pump.in_step) drop_kept();
  }
  co_await conclude(std::move(transfer));
}

transfer::transfer_mode session::mode_for(const transfer_start& from) const {
  using enum transfer::transfer_mode;
  if (from.at > 0 || from.in_stream) return stream;
  switch (how_.mode) {
    case data_mode::stream: return stream;
    case data_mode::block: return lacks("MODE B") ? stream : block;
    case data_mode::deflate: return lacks("MODE Z") ? stream : deflate;
    case data_mode::automatic: break;
  }
  const bool small = from.size && *from.size <= limit::in_blocks;
  return many && small && features_.has("MODE B") && !lacks("MODE B") ? block : stream;
}

// MODE. A server that refuses is spoken to in stream mode.
net::task<result<void>> session::agree_on(transfer::transfer_mode wanted) {
  if (mode_ == wanted) co_return result<void>{};
  drop_kept();
  const bool options = keeps(wanted) && pipelines_ && !takes_files_ && features_.has("MODE B PIPELINE");
  const auto later = std::exchange(planned_, {});
  const std::string letter(1, letter_of(wanted));
  will_ask("MODE", letter);
  if (options) will_ask("OPTS", pipeline_option);
  co_await ask_now();
  auto said = co_await command("MODE", letter);
  if (!said) co_return std::unexpected(said.error());
  if (said->completion()) {
    mode_ = wanted;
  } else if (wanted == transfer::transfer_mode::stream) {
    co_return std::unexpected(refusal(*said));
  } else {
    watch().note(number_, fmt::format("the server does not take MODE {}: {}", letter, refusal(*said).cause));
    learn_lack("MODE " + letter);
    // What it would be now is not known where it was another.
    if (mode_ != transfer::transfer_mode::stream) co_return co_await agree_on(transfer::transfer_mode::stream);
  }
  if (options) {
    auto told = co_await command("OPTS", std::string(pipeline_option));
    if (!told) co_return std::unexpected(told.error());
    takes_files_ = told->completion();
  }
  planned_ = later;
  co_return result<void>{};
}

void session::distrust(transfer::transfer_mode mode) {
  const std::string what = fmt::format("MODE {}", letter_of(mode));
  if (mode == transfer::transfer_mode::stream || lacks(what)) return;
  watch().note(number_, fmt::format("the server took {} and keeps to another: stream mode from here on", what));
  learn_lack(what);
}

bool session::may_pipeline(file_facts::direction way) const {
  const transfer_start small{.size = 0};
  if (!pipelines_ || !keeps(mode_for(small))) return false;
  return way == file_facts::direction::download || features_.has("MODE B PIPELINE");
}

net::task<result<void>> session::begin_pipeline() {
  const transfer_start small{.size = 0};
  return agree_on(mode_for(small));
}

}  // namespace ferry::client
