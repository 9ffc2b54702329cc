// The lines that each server's administrator has to write for what a diagnosis finds.
#pragma once

#include <string>
#include <string_view>

#include "client/diagnosis.hpp"

namespace ferry::cli {

// For the server of this name (client::software_of), or, when it is empty, for all that are known, each line headed by
// its name. `address` is the one by which the server is reached. Empty when there is nothing to write.
std::string remedy_lines(client::remedy what, std::string_view software, std::string_view address);

}  // namespace ferry::cli
