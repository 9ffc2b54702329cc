#include "shared/nearest.hpp"

#include <algorithm>
#include <vector>

namespace ferry::shared {
namespace {

// Letters to insert, delete, change or swap with their neighbour.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> row(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        row[i][j] = i + j;
        continue;
      }
      row[i][j] = std::min({row[i - 1][j] + 1, row[i][j - 1] + 1, row[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[i][j] = std::min(row[i][j], row[i - 2][j - 2] + 1);
      }
    }
  }
  return row[a.size()][b.size()];
}

}  // namespace

std::string nearest(std::string_view typed, std::span<const std::string_view> known) {
  constexpr std::size_t longest = 64;
  if (typed.size() > longest) return {};
  std::string_view best;
  std::size_t fewest = std::max<std::size_t>(typed.size() / 3, 1) + 1;
  for (auto each : known) {
    auto slips = distance(typed, each);
    if (slips >= fewest) continue;
    fewest = slips;
    best = each;
  }
  return std::string(best);
}

}  // namespace ferry::shared
