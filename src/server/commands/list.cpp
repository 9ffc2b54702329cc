// LIST, NLST (RFC 959 §4.1.3), MLSD (RFC 3659 §7): a folder over the data connection.
#include "proto/reply_code.hpp"
#include "server/commands.hpp"
#include "server/listing.hpp"
#include "server/session.hpp"
#include "transfer/pump.hpp"
#include "transfer/verdict.hpp"

namespace ferry::server::commands {

namespace {

// The same lines in the client's charset.
class in_charset : public transfer::producer {
 public:
  in_charset(transfer::producer& lines, const proto::charset& by) : lines_(lines), by_(by) {}
  net::task<result<bool>> next(std::string& chunk) override {
    auto more = co_await lines_.next(chunk);
    if (more) chunk = by_.to_client(chunk);
    co_return more;
  }

 private:
  transfer::producer& lines_;
  const proto::charset& by_;
};

reply_task send(session& s, argument given, std::string_view verb, listing_form form) {
  listing_producer lines(s.on, s.files(), s.now, given, form, s.limit());
  // What is not there is told before a data connection is made for it.
  if (auto begun = co_await lines.begin(); !begun) co_return transfer::refusal(begun.error());
  transfer_run run{.facts{.verb = verb, .path = std::string(given.path.text()), .ascii = true}};
  auto outcome = co_await s.open_data(run, "Here comes the list.");
  if (outcome) {
    transfer::pump pump{s.on, *run.channel, run.moved, s.limit().stalled};
    // RFC 1123 §4.1.2.7: text, whatever TYPE says; EBCDIC where it says that. Facts are UTF-8 always (RFC 3659 §7.2).
    auto by = s.now.parameters;
    const bool ebcdic = by.type == transfer::data_type::ebcdic && form != listing_form::machine;
    by.type = ebcdic ? transfer::data_type::ebcdic : transfer::data_type::ascii;
    auto how = transfer::encoding::of_lines(by);
    std::optional<in_charset> theirs;
    if (const auto* by = s.charset()) theirs.emplace(lines, *by);
    transfer::producer& from = theirs ? static_cast<transfer::producer&>(*theirs) : lines;
    outcome = co_await pump.send(from, std::move(how));
    run.in_step = pump.in_step;
  }
  co_return s.finish(run, outcome, lines.cut() ? "Listed in part: a limit was reached." : "Listed.");
}

}  // namespace

reply_task list(session& s, argument given) { return send(s, std::move(given), "LIST", listing_form::list); }
reply_task nlst(session& s, argument given) { return send(s, std::move(given), "NLST", listing_form::names); }

reply_task mlsd(session& s, argument given) {
  auto found = co_await s.files().stat(given.path);
  if (!found) co_return transfer::refusal(found.error());
  if (found->type != storage::kind::directory) {
    co_return proto::reply{proto::reply_code::bad_argument, "That is not a folder; use MLST."};
  }
  co_return co_await send(s, std::move(given), "MLSD", listing_form::machine);
}

}  // namespace ferry::server::commands
