// Where ferry keeps what is the user's: the XDG folders.
#pragma once

#include <string>

namespace ferry::cli {

std::string home_folder();
std::string config_folder();  // bookmarks
std::string state_folder();   // the shell's history, what is known of hosts

// Makes the folder and those above it, for the user alone. False when it cannot be.
bool make_private_folder(const std::string& path);

}  // namespace ferry::cli
