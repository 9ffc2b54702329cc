// The limits of storage. They only shape memory and waits: none is an administrator's.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace ferry::limit {

inline constexpr std::size_t upload_buffer = 65536;   // bytes of a new file held back: a small one is written in one go
inline constexpr std::size_t listing_first = 256;     // entries in the first batch of a listing
inline constexpr std::size_t listing_batch = 1024;    // in each later one
inline constexpr std::size_t listing_buffer = 32768;  // bytes of folder that the kernel gives at a time
inline constexpr std::uint64_t probe_step =
    131072;                                         // bytes of a file that are in memory together: what is read at once
inline constexpr std::size_t copy_buffer = 262144;  // bytes of a file that is copied through this process
inline constexpr std::size_t removal_batch = 256;   // files, links and folders of a tree removed at a time
inline constexpr std::size_t removal_depth = 256;   // folders in one another
inline constexpr std::size_t removal_open = 8;      // of them open at a time, the inmost
inline constexpr std::size_t read_ahead = 4194304;  // bytes asked of the disk in advance when a reader had to wait
inline constexpr std::size_t write_behind = 8388608;     // bytes of a durable upload between two nudges to the disk
inline constexpr std::uint64_t close_inline = 67108864;  // bytes of a file whose last close may happen on the loop
inline constexpr int links_followed = 40;                // as the kernel
inline constexpr int raced_lookups = 256;                // tries at a path that changes while it is walked
inline constexpr int hidden_names = 16;                  // tries at a free hidden name
inline constexpr std::chrono::hours stale_upload{1};     // untouched for so long, a hidden upload is left from a crash

}  // namespace ferry::limit
