// What is in a folder of the server, and what is known of one path: MLSD and MLST, else LIST, SIZE and MDTM.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "client/session.hpp"
#include "proto/list_parse.hpp"

namespace ferry::client {

// Its time is UTC; where the listing tells it to the minute or the day only, it may be the server's own all the same.
using entry = proto::list_entry;

struct folder_listing {
  std::vector<entry> entries;         // each name one safe part of a path: usable below a folder of this machine
  std::vector<std::string> rejected;  // names that no honest folder holds ("..", with '/', NUL, CR, LF), for people
  std::size_t not_understood = 0;     // lines

  // Nothing was left out: only then may be deleted what is not in it.
  bool complete() const { return rejected.empty() && not_understood == 0; }
};

// `folder` as it is sent to the server; empty: the folder of the login.
net::task<result<folder_listing>> list(session& s, std::string folder);

// The lines as the server sends them: LIST (options such as "-a" go in front of the path), or NLST.
net::task<result<std::vector<std::string>>> list_raw(session& s, std::string verb, std::string argument);

// Of one file or folder; `name` is the last part of `path`. Errors: remote.not_found
net::task<result<entry>> stat(session& s, std::string path);

// MDTM: to the second at least, UTC.
net::task<result<file_time>> modified_of(session& s, std::string path);

struct found {
  std::string path;  // below the folder that was asked for, without a leading '/': "a/b.txt"
  entry what;
};
struct tree {
  std::vector<found> entries;  // a folder before what is in it
  std::vector<std::string> rejected;
  std::size_t not_understood = 0;
  bool complete() const { return rejected.empty() && not_understood == 0; }
};

// The whole tree, links not followed. `enter` says which folders to look into (all, when it is empty).
net::task<result<tree>> list_tree(session& s, std::string folder,
                                  std::function<bool(const std::string& path)> enter = {});

// One part that can lead nowhere else.
bool safe_name(std::string_view name);
// "a" + "b" -> "a/b", "" + "b" -> "b", "/" + "b" -> "/b"
std::string join(std::string_view folder, std::string_view name);
std::string_view last_part(std::string_view path);
std::string_view parent_of(std::string_view path);  // "" for a name alone, "/" for "/a"

}  // namespace ferry::client
