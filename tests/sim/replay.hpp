// Which seeds a run tries: --seed=N one, --seeds=N the first N; without a word, as many as a test run has time for.
#pragma once

#include <cstdint>
#include <optional>

namespace ferry::sim {

struct replay {
  std::optional<std::uint64_t> seed;
  std::uint64_t seeds = 300;
};

extern replay wanted;

}  // namespace ferry::sim
