// The word that was meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ferry::shared {

// The one of `known` that `typed` is a few slips of the finger away from; empty when there is none.
std::string nearest(std::string_view typed, std::span<const std::string_view> known);

}  // namespace ferry::shared
