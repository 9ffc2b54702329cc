// HASH (draft-bryan-ftpext-hash), XCRC, XMD5, XSHA1, XSHA256, XSHA512: digests of files.
#include "transfer/digest.hpp"

#include <fmt/format.h>

#include "base/limits.hpp"
#include "proto/reply_code.hpp"
#include "proto/text.hpp"
#include "server/commands.hpp"
#include "server/session.hpp"
#include "transfer/verdict.hpp"

namespace ferry::server::commands {

using proto::reply;
namespace code = proto::reply_code;

namespace {

struct computed {
  octet_range of;  // what was there of the range that was asked for
  std::string value;
};

// A piece at a time.
net::task<std::expected<computed, reply>> compute(session& s, const argument& given, std::string_view verb,
                                                  std::string_view algorithm, octet_range wanted) {
  const auto refuse = [](const error& why) { return std::unexpected(transfer::refusal(why)); };
  auto file = co_await s.files().open(given.path);
  if (!file) co_return refuse(file.error());
  auto how = transfer::make_digester(algorithm);
  if (!how) co_return std::unexpected(reply{code::local_error, "That digest cannot be computed here."});
  const std::uint64_t size = (*file)->about().size;
  if (wanted.begin > size) co_return std::unexpected(reply{code::invalid_rest, "The file ends before that byte."});
  wanted.end = std::min(wanted.end, size);

  transfer_run run{.facts{.verb = verb, .path = std::string(given.path.text())}};
  run.moved.expected = wanted.end - wanted.begin;
  session::undertaking now(s, run);
  for (auto offset = wanted.begin; offset < wanted.end;) {
    auto turn = co_await s.turn(run);
    if (!turn) co_return refuse(turn.error());
    std::string piece(std::min<std::uint64_t>(limit::digest_piece, wanted.end - offset), '\0');
    auto count = co_await transfer::add_piece(s.on, *how, **file, offset, piece);
    if (!count) co_return refuse(count.error());
    if (*count == 0) co_return refuse({.id = "storage.changed", .cause = "the file became shorter meanwhile"});
    offset += *count;
    run.moved.bytes += *count;
  }
  co_return computed{wanted, how->finish().value};
}

// The commands of one algorithm each.
reply_task digest_by(session& s, argument given, const transfer::digest_algorithm& how) {
  auto done = co_await compute(s, given, how.verb, how.name, given.range.value_or(octet_range{}));
  if (!done) co_return std::move(done.error());
  co_return reply{code::file_action_done, proto::to_upper(done->value)};
}

}  // namespace

reply_task hash(session& s, argument given) {
  const auto range = std::exchange(s.now.range, std::nullopt);
  const auto algorithm = s.now.digest;
  auto done = co_await compute(s, given, "HASH", algorithm, range.value_or(octet_range{}));
  if (!done) co_return std::move(done.error());
  const auto [begin, end] = done->of;
  auto text = fmt::format("{} {}-{} {} ", algorithm, begin, end > begin ? end - 1 : begin, done->value);
  proto::append_on_one_line(text, given.as_given);
  co_return reply{code::file_status, std::move(text)};
}

reply_task xcrc(session& s, argument given) { return digest_by(s, std::move(given), *transfer::find_digest("CRC32")); }
reply_task xmd5(session& s, argument given) { return digest_by(s, std::move(given), *transfer::find_digest("MD5")); }
reply_task xsha1(session& s, argument given) { return digest_by(s, std::move(given), *transfer::find_digest("SHA-1")); }
reply_task xsha256(session& s, argument given) {
  return digest_by(s, std::move(given), *transfer::find_digest("SHA-256"));
}
reply_task xsha512(session& s, argument given) {
  return digest_by(s, std::move(given), *transfer::find_digest("SHA-512"));
}

}  // namespace ferry::server::commands
