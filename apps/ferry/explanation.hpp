// What a server meant that refused. For most of it FTP has one code, 550, and each server words of its own: whether the
// path is there, and what it is, tells more.
#pragma once

#include <string>

#include "client/session.hpp"

namespace ferry::cli {

enum class meant_as : std::uint8_t { file, folder, new_file, new_folder };

// The error with the id and advice that fit; asks the server where the reply alone does not tell. Others stay as they
// are.
net::task<error> explained(client::session& s, std::string path, meant_as what, error why);

}  // namespace ferry::cli
