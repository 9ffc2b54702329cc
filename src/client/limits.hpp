// The limits of the client that only shape memory and work. Those that a user may change are in settings.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace ferry::limit {

using namespace std::chrono_literals;

inline constexpr auto head_start = 250ms;         // of one address of a host before the next is tried beside it
inline constexpr std::size_t addresses = 16;      // of one host that are tried
inline constexpr std::size_t greetings = 8;       // 120 replies before the 220
inline constexpr std::size_t stray_replies = 64;  // preliminary ones, and ones to nothing, between two final ones
inline constexpr auto early_data = 2s;            // without a 150: data may have come all the same
inline constexpr int refusal_later = 8;           // times as long as another answer took
inline constexpr auto refusal_wait = 100ms;       // at least
inline constexpr std::size_t sent_without_leave = 32768;  // bytes of an upload that does not wait for the 150
// Of files that share a data connection in blocks:
inline constexpr std::uint64_t in_blocks = 1048576;         // bytes; a larger one comes faster in stream mode
inline constexpr std::uint64_t skipped = 262144;            // bytes left that are read to nowhere rather than stopped
inline constexpr std::size_t pipelined_files = 64;          // under way on one connection
inline constexpr std::uint64_t pipelined_bytes = 1048576;   // of uploads that the server has not answered
inline constexpr std::size_t longest_verb = 16;             // bytes: a verb, its space and the line's end
inline constexpr std::size_t pipelined_names = 16384;       // bytes of commands that it may not have read
inline constexpr std::size_t remembered_hosts = 1024;       // whose way to a data connection is kept
inline constexpr std::size_t route_file = 262144;           // bytes of the file that keeps them
inline constexpr std::size_t remote_entries = 4000000;      // of one folder or one tree
inline constexpr std::size_t remote_depth = 256;            // of a tree
inline constexpr std::size_t listing_line = 65536;          // bytes
inline constexpr std::size_t rejected_names = 1000;         // reported of one listing
inline constexpr std::uint64_t resumable_from = 4194304;    // bytes; a smaller file is fetched anew
inline constexpr std::size_t listing_bytes = 1073741824;    // of one folder
inline constexpr std::size_t zone_tries = 3;                // files asked for how far a listing's clock is from UTC
inline constexpr auto farthest_zone = 26h;                  // from UTC
inline constexpr std::size_t times_at_once = 64;            // of files, asked for in one go
inline constexpr std::size_t part_record = 16384;           // bytes
inline constexpr std::uint64_t record_every = 67108864;     // bytes of a file in segments, between two records of them
inline constexpr std::uint64_t smallest_segment = 1048576;  // bytes
inline constexpr unsigned segments = 64;                    // of one file
inline constexpr std::uint64_t digest_rate = 20971520;      // bytes a second: the slowest server worth waiting for
inline constexpr std::size_t digest_chunk = 1048576;        // bytes read at a time

// Of probes: long enough for six SYNs, short enough to wait for.
inline constexpr auto probe_connect = 6s;
inline constexpr auto probe_reply = 6s;    // to EPSV and its like, and after the last byte
inline constexpr auto probe_data = 6s;     // for a data connection, and for its first byte
inline constexpr auto probe_at_once = 2s;  // a refusal that comes sooner was caused by an answer, not by silence
inline constexpr std::uint64_t probe_bytes = 65536;  // of a file or listing
inline constexpr std::size_t silences = 6;           // of different lengths that are tried
inline constexpr unsigned probe_patience = 20;       // times that one that bears no connection at all is asked again
inline constexpr auto probe_again = 1s;
inline constexpr auto probe_offer = 3s;            // for a connection to a port that is offered
inline constexpr std::size_t offers = 64;          // of a family, whose ports are tried
inline constexpr std::size_t closed_offers = 12;   // without one that works: enough is known
inline constexpr std::size_t offered_at_once = 4;  // control connections that ask for them
inline constexpr auto flow_time = 5s;              // that a file is measured
inline constexpr unsigned flows = 4;               // beside one another, to compare with one
inline constexpr auto flow_least = 200ms;          // one that is over sooner tells nothing
inline constexpr unsigned round_trips = 5;
inline constexpr auto far = 5ms;  // a round trip, from which on windows matter
inline constexpr auto clocks_apart = 2s;
inline constexpr std::size_t ports_told = 8;           // one by one
inline constexpr std::size_t probes_side_by_side = 8;  // control connections to one server

}  // namespace ferry::limit
