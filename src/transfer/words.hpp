// What people are told of TYPE, STRU and MODE.
#pragma once

#include <string_view>

#include "transfer/parameters.hpp"

namespace ferry::transfer {

// The letters of the commands, then what they mean: "A N: text, lines end with CR LF".
std::string_view in_words(data_type type, data_format format);
std::string_view in_words(data_structure structure);
std::string_view in_words(transfer_mode mode);

}  // namespace ferry::transfer
