// The reply codes by meaning, and what is said with a code when there is nothing better to say
// (RFC 959 §4.2, RFC 1639, 2228, 2389, 2428, 2640, 3659, 4217, 7151).
#pragma once

#include <string_view>

namespace ferry::proto {

namespace reply_code {

inline constexpr int restart_marker = 110;                    // 959: MARK yyyy = mmmm
inline constexpr int ready_in_minutes = 120;                  // 959
inline constexpr int data_already_open = 125;                 // 959: transfer starting
inline constexpr int opening_data = 150;                      // 959: file status okay
inline constexpr int ok = 200;                                // 959
inline constexpr int superfluous = 202;                       // 959: command not needed here
inline constexpr int system_status = 211;                     // 959; FEAT of 2389
inline constexpr int directory_status = 212;                  // 959
inline constexpr int file_status = 213;                       // 959; SIZE, MDTM of 3659
inline constexpr int help = 214;                              // 959
inline constexpr int system_type = 215;                       // 959
inline constexpr int service_ready = 220;                     // 959; HOST of 7151
inline constexpr int closing_control = 221;                   // 959
inline constexpr int data_open_idle = 225;                    // 959: no transfer in progress
inline constexpr int closing_data = 226;                      // 959: transfer complete
inline constexpr int passive = 227;                           // 959: (h1,h2,h3,h4,p1,p2)
inline constexpr int long_passive = 228;                      // 1639
inline constexpr int extended_passive = 229;                  // 2428: (|||port|)
inline constexpr int logged_in = 230;                         // 959
inline constexpr int logged_in_by_security = 232;             // 2228: authorised by the security exchange
inline constexpr int security_done = 234;                     // 2228: AUTH accepted
inline constexpr int security_done_with_data = 235;           // 2228: ADAT=...
inline constexpr int file_action_done = 250;                  // 959
inline constexpr int path_created = 257;                      // 959: "path"; also PWD
inline constexpr int need_password = 331;                     // 959
inline constexpr int need_account = 332;                      // 959
inline constexpr int need_security_data = 334;                // 2228
inline constexpr int security_continues = 335;                // 2228
inline constexpr int need_password_challenged = 336;          // 2228
inline constexpr int pending_further = 350;                   // 959: REST, RNFR
inline constexpr int service_unavailable = 421;               // 959: closing the control connection
inline constexpr int cannot_open_data = 425;                  // 959
inline constexpr int connection_closed = 426;                 // 959: transfer aborted
inline constexpr int need_resource = 431;                     // 2228: security not available now
inline constexpr int file_busy = 450;                         // 959
inline constexpr int local_error = 451;                       // 959
inline constexpr int insufficient_storage = 452;              // 959
inline constexpr int command_unrecognised = 500;              // 959
inline constexpr int bad_argument = 501;                      // 959
inline constexpr int not_implemented = 502;                   // 959
inline constexpr int bad_sequence = 503;                      // 959
inline constexpr int argument_not_implemented = 504;          // 959; unknown host of 7151
inline constexpr int address_not_supported = 521;             // 1639 (families); 4217: PROT needed on data connections
inline constexpr int protocol_not_supported = 522;            // 2428: (1,2); 4217: TLS negotiation failed on data
inline constexpr int not_logged_in = 530;                     // 959
inline constexpr int need_account_to_store = 532;             // 959
inline constexpr int protection_denied = 533;                 // 2228: level denied for policy
inline constexpr int security_denied = 534;                   // 2228: request denied for policy
inline constexpr int security_check_failed = 535;             // 2228
inline constexpr int protection_not_supported = 536;          // 2228: PROT level
inline constexpr int command_protection_not_supported = 537;  // 2228
inline constexpr int file_unavailable = 550;                  // 959: not found, no access
inline constexpr int page_type_unknown = 551;                 // 959; RANG and REST out of the file
inline constexpr int exceeded_storage = 552;                  // 959
inline constexpr int name_not_allowed = 553;                  // 959
inline constexpr int invalid_rest = 554;                      // 3659
inline constexpr int action_not_taken = 555;                  // 3659: type or structure mismatch
inline constexpr int integrity_protected = 631;               // 2228
inline constexpr int private_protected = 632;                 // 2228
inline constexpr int confidential = 633;                      // 2228

}  // namespace reply_code

// One short English sentence for each code above; "Error." or "Okay." by its first digit for any other.
std::string_view default_text(int code);

}  // namespace ferry::proto
