// An open file of this machine.
#pragma once

#include "net/loop.hpp"
#include "storage/local/fd.hpp"
#include "storage/storage.hpp"

namespace ferry::storage::local {

struct opened_file {
  fd file;
  info about;
  bool prompt = false;  // the loop may ask for what is at hand
};

std::unique_ptr<source> make_source(net::loop& on, opened_file file);

}  // namespace ferry::storage::local
