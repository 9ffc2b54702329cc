// A tree made equal to another, down, up, or from a server to another: first a plan, which is data, then the plan
// carried out. A dry run is the same without the second.
//
// Errors: mirror.deletes (more than `max_deletes`), mirror.listing (something in the source was not understood, so
// nothing may be deleted), those of listings and storage. A file that fails does not stop the others.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client/crew.hpp"

namespace ferry::client {

struct mirror_options {
  std::vector<std::string>
      include;  // patterns (proto/glob.hpp) of names or, with '/', of paths below the root; none: all
  std::vector<std::string> exclude;  // stronger than `include`; an excluded folder is not looked into
  bool newer_only = false;           // a file that is not newer than the one there is left alone
  bool ignore_times = false;         // the same size is the same file
  bool remove = false;               // what the source has not (and the patterns do not exclude) is deleted
  std::size_t max_deletes = 1000;    // a plan with more is refused
};

struct action {
  enum class kind : std::uint8_t { make_directory, transfer, remove, remove_directory };
  kind what = kind::transfer;
  std::string path;  // below both roots: "a/b.txt"
  std::optional<std::uint64_t> size;
  std::optional<file_time> modified;
  std::string_view reason;  // "new", "size", "time", "kind", "extra"
  entry known;              // of a download or copy
};

struct plan {
  file_facts::direction way = file_facts::direction::download;
  std::string remote;           // the root on the server; of a copy, where it comes from
  std::string target;           // of a copy: where it goes
  std::vector<action> actions;  // in an order in which they can be done
  std::size_t same = 0;         // files left alone
  std::uint64_t bytes = 0;      // to be moved
  std::vector<std::string> warnings;

  std::size_t count(action::kind what) const;
};

struct mirror_outcome {
  std::size_t transferred = 0, directories = 0, removed = 0, same = 0;
  std::uint64_t bytes = 0;  // of the files, that had not been there before
  struct failure {
    action what;
    error why;
  };
  std::vector<failure> failed;
};

// `local` is rooted at the folder of this machine that takes part.
net::task<result<plan>> plan_download(crew& c, std::string remote, storage::storage& local, mirror_options options);
net::task<result<plan>> plan_upload(crew& c, storage::storage& local, std::string remote, mirror_options options);
net::task<result<plan>> plan_copy(crew& from, std::string source, crew& to, std::string target, mirror_options options);
net::task<result<mirror_outcome>> carry_out(crew& c, storage::storage& local, plan what);
// A copy; `fallback` as in copy_options.
net::task<result<mirror_outcome>> carry_out(crew& from, crew& to, plan what, bool fallback);

}  // namespace ferry::client
