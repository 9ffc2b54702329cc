// What get, put, mirror and the shell have in common.
#pragma once

#include "client/mirror.hpp"
#include "ferry/context.hpp"

namespace ferry::cli {

// The files `paths` of one server into a folder of this machine, or to the file `-o`.
net::task<> get_files(context& c, std::vector<remote> files, std::string folder);
net::task<> put_files(context& c, std::vector<std::string> files, remote to);

struct tree_options {
  client::mirror_options how;
  bool dry_run = false;
};
tree_options tree_options_of(const options& given);

// Whether these are two files or folders, however their URLs are spelt. Errors: usage.same, and those of a PWD
net::task<result<void>> differ(remote from, remote to);

net::task<result<void>> mirror_down(context& c, remote from, std::string folder, tree_options how);
net::task<result<void>> mirror_up(context& c, std::string folder, remote to, tree_options how);
net::task<result<void>> mirror_across(context& c, remote from, remote to, tree_options how);  // from server to server

}  // namespace ferry::cli
