// SIZE, MDTM, MLST (RFC 3659 §3, §4, §7), MFMT, MFCT, MFF (draft-somers-ftp-mfxx): what is known of one file.
#include <fmt/format.h>

#include "proto/reply_code.hpp"
#include "proto/text.hpp"
#include "proto/timestamp.hpp"
#include "server/commands.hpp"
#include "server/facts_of.hpp"
#include "server/session.hpp"
#include "server/text_position.hpp"
#include "transfer/verdict.hpp"

namespace ferry::server::commands {

using proto::reply;
namespace code = proto::reply_code;

reply_task size(session& s, argument given) {
  auto found = co_await s.files().stat(given.path);
  if (!found) co_return transfer::refusal(found.error());
  if (found->type != storage::kind::file) co_return reply{code::file_unavailable, "That is not a file."};
  if (s.now.parameters.type != transfer::data_type::ascii)
    co_return reply{code::file_status, std::to_string(found->size)};
  // In ASCII the size is that of the lines as they would be sent: the file must be read for it. It is told as if the
  // mode were stream and the structure file, for what others add is of use to nobody.
  if (found->size > limit::text_size)
    co_return reply{code::file_unavailable, "The file is too large to be counted as text; use TYPE I."};
  auto file = co_await s.files().open(given.path);
  if (!file) co_return transfer::refusal(file.error());
  auto end = co_await find_wire_position(s.on, **file, UINT64_MAX);
  if (!end) co_return transfer::refusal(end.error());
  co_return reply{code::file_status, std::to_string(end->wire)};
}

reply_task mdtm(session& s, argument given) {
  auto found = co_await s.files().stat(given.path);
  if (!found) co_return transfer::refusal(found.error());
  if (found->type != storage::kind::file) co_return reply{code::file_unavailable, "That is not a file."};
  co_return reply{code::file_status, proto::format_timestamp(found->modified)};
}

reply_task mlst(session& s, argument given) {
  auto found = co_await s.files().stat(given.path);
  if (!found) co_return transfer::refusal(found.error());
  std::string line = " ";
  proto::append_facts_line(line, facts_of(*found, s.now, given.path), s.now.facts, given.path.text());
  co_return reply{code::file_action_done, {"Facts of " + std::string(given.path.text()), std::move(line), "End"}};
}

reply_task mfmt(session& s, argument given) {
  auto when = proto::parse_timestamp(given.word);
  if (!when) co_return reply{code::bad_argument, "That is no time of the form YYYYMMDDHHMMSS."};
  auto done = co_await s.files().set_modified(given.path, *when);
  if (!done) co_return transfer::refusal(done.error());
  s.around.journal.changed(s.facts, "MFMT", given.path.text());
  co_return reply{code::file_status,
                  "Modify=" + proto::format_timestamp(*when) + "; " + std::string(given.path.text())};
}

// Linux lets nobody set it (statx(2), btime).
reply_task mfct(session&, argument) {
  co_return reply{code::argument_not_implemented, "The time when a file was made is the system's own; see MFMT."};
}

namespace {

struct chosen_facts {
  std::optional<file_time> modify;
  std::optional<std::uint16_t> mode;
};

// "Modify=20240229123456;UNIX.mode=0640;"
std::expected<chosen_facts, reply> read_facts(std::string_view text) {
  chosen_facts out;
  while (!text.empty()) {
    const auto one = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    const auto equals = one.find('=');
    if (equals == std::string_view::npos) return std::unexpected(reply{code::bad_argument, "That is no fact=value;"});
    const auto name = proto::to_upper(one.substr(0, equals));
    const std::string value(one.substr(equals + 1));
    if (name == "MODIFY") {
      out.modify = proto::parse_timestamp(value);
      if (!out.modify) return std::unexpected(reply{code::bad_argument, "Modify is a time: YYYYMMDDHHMMSS."});
    } else if (name == "UNIX.MODE") {
      const auto mode = proto::parse_octal(value, 0777);
      if (!mode) return std::unexpected(reply{code::bad_argument, "UNIX.mode is a mode from 000 to 777."});
      out.mode = static_cast<std::uint16_t>(*mode);
    } else {
      return std::unexpected(reply{code::argument_not_implemented, "Modify and UNIX.mode can be set; no other fact."});
    }
  }
  return out;
}

}  // namespace

reply_task mff(session& s, argument given) {
  const auto facts = read_facts(given.word);
  if (!facts) co_return facts.error();
  std::string said;
  const auto before = co_await s.files().stat(given.path);
  if (!before) co_return transfer::refusal(before.error());
  // The mode first: it tells whether the file is the user's, which times need as well.
  if (facts->mode) {
    auto done = co_await s.files().set_mode(given.path, *facts->mode);
    if (!done) co_return transfer::refusal(done.error());
    said += fmt::format("UNIX.mode={:04o};", *facts->mode);
  }
  if (facts->modify) {
    auto done = co_await s.files().set_modified(given.path, *facts->modify);
    if (!done && facts->mode) co_await s.files().set_mode(given.path, before->mode);
    if (!done) co_return transfer::refusal(done.error());
    said = "Modify=" + proto::format_timestamp(*facts->modify) + ";" + said;
  }
  s.around.journal.changed(s.facts, "MFF", given.path.text());
  co_return reply{code::file_status, said + " " + std::string(given.path.text())};
}

}  // namespace ferry::server::commands
