// AUTH, PBSZ, PROT, CCC: TLS by RFC 4217, in the frame of RFC 2228. SSCN: who begins it between two servers.
#include "proto/reply_code.hpp"
#include "proto/text.hpp"
#include "server/commands.hpp"
#include "server/session.hpp"

namespace ferry::server::commands {

using proto::reply;
namespace code = proto::reply_code;

reply_task auth(session& s, argument given) {
  const auto mechanism = proto::to_upper(given.text);
  if (!s.around.how.tls.offered()) co_return reply{code::not_implemented, "No certificate is set up here for TLS."};
  const bool data_too = mechanism == "TLS-P" || mechanism == "SSL";
  if (!data_too && mechanism != "TLS" && mechanism != "TLS-C") {
    co_return reply{code::argument_not_implemented, "Only TLS is offered: AUTH TLS."};
  }
  if (s.now.tls.control) co_return reply{code::bad_sequence, "TLS is on already."};
  if (s.now.tls.cleared) co_return reply{code::bad_sequence, "TLS was ended by CCC."};
  s.log_out();  // RFC 2228 §3: a login, and one that has only begun, begins anew
  s.protect_after_reply(data_too);
  co_return reply{code::security_done, "Begin the TLS handshake now."};
}

reply_task pbsz(session& s, argument given) {
  if (!s.now.tls.control) co_return reply{code::bad_sequence, "PBSZ comes after AUTH TLS."};
  const bool number = !given.text.empty() && given.text.find_first_not_of("0123456789") == std::string::npos;
  if (!number) co_return reply{code::bad_argument, "PBSZ takes a number; with TLS it is 0."};
  s.now.tls.agreed = true;
  co_return reply{code::ok, "PBSZ=0"};
}

reply_task prot(session& s, argument given) {
  const auto level = proto::to_upper(given.text);
  if (level == "S" || level == "E") co_return reply{code::protection_not_supported, "TLS offers C and P only."};
  if (level != "C" && level != "P") co_return reply{code::argument_not_implemented, "The levels are C and P."};
  if (!s.now.tls.control || !s.now.tls.agreed)
    co_return reply{code::bad_sequence, "AUTH TLS and PBSZ come before PROT."};
  if (level == "C" && s.around.how.tls.for_data()) {
    co_return reply{code::security_denied, "Data connections must be protected here."};
  }
  if (s.now.tls.data != (level == "P")) s.close_data();
  s.now.tls.data = level == "P";
  s.protection_changed();
  co_return reply{code::ok, level == "P" ? "Data connections are protected." : "Data connections are in the clear."};
}

reply_task sscn(session& s, argument given) {
  const auto wanted = proto::to_upper(given.text);
  if (auto no = refuse_to_begin_tls(s)) co_return std::move(*no);
  if (!wanted.empty() && wanted != "ON" && wanted != "OFF") co_return reply{code::bad_argument, "Use: SSCN [ON | OFF]"};
  if (!wanted.empty()) s.now.begins_tls = wanted == "ON";
  s.protection_changed();
  co_return reply{code::ok, s.now.begins_tls ? "SSCN:CLIENT METHOD" : "SSCN:SERVER METHOD"};
}

reply_task ccc(session& s, argument) {
  if (!s.now.tls.control) co_return reply{code::protection_denied, "The control connection is in the clear already."};
  if (!s.around.how.tls.may_clear()) {
    co_return reply{code::security_denied, "The control connection stays protected here."};
  }
  s.now.tls.control = false;
  s.now.tls.cleared = true;
  s.clear_after_reply();
  co_return reply{code::ok, "The control connection goes on in the clear."};
}

}  // namespace ferry::server::commands
