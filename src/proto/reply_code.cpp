#include "proto/reply_code.hpp"

#include <algorithm>

namespace ferry::proto {
namespace {

struct row {
  int code;
  std::string_view text;
};

constexpr row rows[] = {
    {110, "Restart marker."},
    {120, "Service not ready yet."},
    {125, "Data connection already open; transfer starting."},
    {150, "Opening data connection."},
    {200, "Okay."},
    {202, "Not needed at this site."},
    {211, "System status."},
    {212, "Directory status."},
    {213, "File status."},
    {214, "Help."},
    {215, "UNIX Type: L8"},
    {220, "Service ready."},
    {221, "Goodbye."},
    {225, "Data connection open; no transfer in progress."},
    {226, "Transfer complete."},
    {227, "Entering Passive Mode."},
    {228, "Entering Long Passive Mode."},
    {229, "Entering Extended Passive Mode."},
    {230, "Logged in."},
    {232, "Logged in, authorised by the security data exchange."},
    {234, "Proceed with the security exchange."},
    {235, "Security data exchange complete."},
    {250, "Requested file action okay."},
    {257, "Created."},
    {331, "Password needed."},
    {332, "Account needed for login."},
    {334, "Security data needed."},
    {335, "Security data accepted; more is needed."},
    {336, "Password needed for the challenge."},
    {350, "Pending further information."},
    {421, "Service not available; closing control connection."},
    {425, "Cannot open data connection."},
    {426, "Data connection closed; transfer aborted."},
    {431, "Security resource unavailable now."},
    {450, "File busy; action not taken."},
    {451, "Local error; action aborted."},
    {452, "Insufficient storage space."},
    {500, "Command not understood."},
    {501, "Syntax error in argument."},
    {502, "Command not implemented."},
    {503, "Bad sequence of commands."},
    {504, "Command not implemented for that argument."},
    {521, "Address family not supported."},
    {522, "Network protocol not supported, use (1,2)"},
    {530, "Not logged in."},
    {532, "Account needed for storing files."},
    {533, "Protection level denied for policy reasons."},
    {534, "Request denied for policy reasons."},
    {535, "Security check failed."},
    {536, "Protection level not supported."},
    {537, "Command protection level not supported."},
    {550, "File unavailable."},
    {551, "Page type unknown."},
    {552, "Exceeded storage allocation."},
    {553, "File name not allowed."},
    {554, "Invalid REST parameter."},
    {555, "Type or structure mismatch; action not taken."},
    {631, "Integrity protected reply."},
    {632, "Confidentiality and integrity protected reply."},
    {633, "Confidentiality protected reply."},
};
static_assert(std::ranges::is_sorted(rows, {}, &row::code));

}  // namespace

std::string_view default_text(int code) {
  const auto found = std::ranges::lower_bound(rows, code, {}, &row::code);
  if (found != std::end(rows) && found->code == code) return found->text;
  return code < 400 ? "Okay." : "Error.";
}

}  // namespace ferry::proto
