// Every limit ferry keeps, by name. A limit that an administrator may change is a field of `limits`, with its default;
// one that only shapes memory is a constant.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace ferry {

using namespace std::chrono_literals;

struct limits {
  // Waits
  std::chrono::seconds login{60};        // from the greeting to a finished login
  std::chrono::seconds idle{300};        // between two commands
  std::chrono::seconds idle_max{7200};   // the most SITE IDLE may ask for
  std::chrono::seconds data_open{60};    // for the data connection to be made
  std::chrono::seconds data_idle{300};   // a data connection between two transfers, in modes B and C
  std::chrono::seconds stalled{120};     // a transfer without one byte moving
  std::chrono::seconds reply_write{60};  // a peer that does not read its replies
  std::chrono::seconds stop{30};         // running transfers when the server is told to stop

  // Counts
  std::uint32_t sessions{0};                   // connections in all; 0: what the descriptors allow, at most 20,000
  std::uint32_t sessions_per_address{100};     // of one IPv4 address or IPv6 /64; 0: no limit
  std::uint32_t login_failures{3};             // then 421
  std::chrono::milliseconds login_delay{500};  // after the first failure, doubling
  std::chrono::milliseconds login_delay_max{8000};
  std::uint32_t password_checks{4};  // at one time: each holds 64 MiB while it runs

  // Listings
  std::uint32_t list_depth{32};         // LIST -R
  std::uint32_t list_entries{1000000};  // entries in one recursive or globbed listing
  std::chrono::seconds list_time{300};  // one recursive or globbed listing
};

namespace limit {

inline constexpr std::size_t control_line = 4352;         // bytes in one command line: a path may have 4,095
inline constexpr std::uint32_t sessions = 20000;          // of one server, where nothing else is said
inline constexpr std::uint32_t sessions_expected = 1000;  // room for fewer is worth a warning
inline constexpr std::uint64_t session_descriptors = 3;   // control and data connection, file
inline constexpr std::uint64_t other_descriptors = 256;   // listeners, event queues, pipes, logs, folders
inline constexpr unsigned commands_before_login = 100;    // then 421
inline constexpr unsigned unknown_before_login = 10;      // as many of them as one that is not known counts for
inline constexpr std::size_t control_read = 4096;         // bytes taken from a control connection at a time
inline constexpr std::size_t replies_waiting = 1048576;   // bytes of replies that a client has not taken
inline constexpr std::size_t held_bytes = 65536;  // of commands that wait behind a transfer: more stay with the client
inline constexpr auto held_look = 1s;             // meanwhile, between looks at whether it is still there
inline constexpr auto parting = 2s;               // for a client to close its end after the last reply
inline constexpr auto data_parting = 10s;         // for another server to close a data connection behind the last byte
inline constexpr unsigned parting_reads = 256;    // of what it still sends, to be dropped
inline constexpr auto default_port = 5s;  // to reach the client's default data port, when it asked for nothing else
inline constexpr std::size_t transfer_buffer = 262144;       // bytes that one copying transfer holds
inline constexpr std::size_t transfer_slice = 1048576;       // bytes moved by one system call
inline constexpr std::size_t transfer_buffer_first = 16384;  // its first size: most files are small
inline constexpr std::size_t tls_gather = 131072;            // encrypted bytes that go down in one system call
inline constexpr std::size_t tls_read = 131072;              // encrypted bytes taken from a data connection at a time
inline constexpr long tls_sessions = 20480;              // TLS 1.2 sessions remembered for clients that take no tickets
inline constexpr std::size_t deflate_slice = 65536;      // bytes compressed before others get their turn
inline constexpr std::size_t marker_interval = 4194304;  // bytes of a file between two restart markers
inline constexpr std::size_t turn_bytes = 8388608;       // bytes that one transfer moves before others get their turn
inline constexpr std::size_t turn_lines = 64;            // commands that one session is heard before others are
inline constexpr int data_backlog = 64;                  // connections waiting at one passive port: strangers too
inline constexpr auto shared_port_turn = 3s;    // until others of its address need not wait for who waits at a port
inline constexpr auto shared_port_wait = 10s;   // for a port, while others of the same address wait at all
inline constexpr auto shared_port_look = 50ms;  // until who waits for a port looks again at one that was not free to it
inline constexpr auto shared_port_name = 10s;   // for a connection to say which TLS session it resumes
inline constexpr std::size_t shared_port_heard = 256;  // connections of one port that are listened to for it
inline constexpr std::size_t client_hello = 32768;     // bytes of that
inline constexpr auto proxy_header_time = 5s;          // for the PROXY header of a load balancer
inline constexpr auto stranger_look = 1s;  // until the first look for them while no transfer has been asked for
inline constexpr std::size_t sorted_entries = 4096;     // a folder with more is listed in the order the disk gives
inline constexpr std::size_t worker_threads = 32;       // threads that may wait for a disk
inline constexpr std::size_t pattern_steps = 50000000;  // comparisons of one listing with a pattern
inline constexpr std::size_t pending_folders = 65536;   // that a recursive listing remembers
inline constexpr std::size_t pending_bytes = 16777216;  // of their paths
inline constexpr std::size_t digest_piece = 262144;     // bytes added to a digest before others get their turn
inline constexpr std::size_t copy_piece = 8388608;      // the same of a file that is copied on the server
inline constexpr std::size_t turns_waiting = 4096;      // pieces that wait for their turn
inline constexpr std::size_t combined_parts = 256;      // COMB
inline constexpr std::size_t stat_lines = 1000;         // of a listing over the control connection
inline constexpr std::uint64_t text_size = 67108864;    // bytes of a file that are read in TYPE A to find a position
inline constexpr int unique_name_tries = 16;            // STOU
inline constexpr auto tls_handshake = 30s;              // on a control connection
inline constexpr auto accept_pause = 100ms;             // when no descriptor is left for a new connection
inline constexpr auto stop_look = 50ms;                 // between looks at whether the last session has ended
inline constexpr auto stop_patience = 5s;  // beyond limits.stop, with disks and password checks; then by force
inline constexpr int accept_backlog = 1024;
inline constexpr int keepalive_idle_s = 30;  // silence on a control connection before TCP probes the peer
inline constexpr int keepalive_interval_s = 15;
inline constexpr int unacknowledged_ms = 90000;  // sent bytes that the peer's TCP leaves unacknowledged

}  // namespace limit
}  // namespace ferry
