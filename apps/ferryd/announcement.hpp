// What ferryd says on its standard output once it serves.
#pragma once

#include <span>
#include <string>

#include "ferryd/config.hpp"

namespace ferry::ferryd {

// What is served, to whom and where, and a line to try.
std::string announcement(const config& what, std::span<const server::listener_settings> bound);

// "ftp://192.0.2.1:2121/"; an address that stands for all becomes one of this machine's own.
std::string url(const net::endpoint& at);

}  // namespace ferry::ferryd
