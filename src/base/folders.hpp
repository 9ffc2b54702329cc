// Where programs keep what is a user's: the folders of the XDG Base Directory Specification.
#pragma once

#include <string>
#include <string_view>

namespace ferry {

std::string home_folder();
std::string config_folder(std::string_view program);  // "/home/alice/.config/ferry"
std::string state_folder(std::string_view program);

// Makes the folder and those above it, for the user alone. False when it cannot be.
bool make_private_folder(const std::string& path);

}  // namespace ferry
