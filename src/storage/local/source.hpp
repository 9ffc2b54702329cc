// An open file of this machine.
#pragma once

#include "net/loop.hpp"
#include "storage/local/root.hpp"

namespace ferry::storage::local {

struct opened_file {
  fd file;
  info about;
  wait_for speed = wait_for::others;
};

std::unique_ptr<source> make_source(net::loop& on, opened_file file);

}  // namespace ferry::storage::local
