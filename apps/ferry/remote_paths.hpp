// Paths of a server as the shell has them: absolute, seen from a current folder.
#pragma once

#include <string>
#include <string_view>

#include "client/url.hpp"

namespace ferry::cli {

// "a/../b" seen from "/pub": "/pub/b". A '/' at the end stays.
std::string resolved(std::string_view folder, std::string_view path);

// The URL, without a password, of an absolute path on the server of `where`.
std::string url_of(const client::url& where, std::string_view path);

}  // namespace ferry::cli
