// Every key that a configuration file may hold, as rows.
#pragma once

#include "ferryd/toml_table.hpp"

namespace ferry::ferryd {

const std::vector<key<config>>& top_keys();

}  // namespace ferry::ferryd
