#include "transfer/stage.hpp"

namespace ferry::transfer {

result<void> run(const stages& through, std::string& chunk, bool last) {
  result<void> outcome;
  for (const auto& each : through) {
    std::string out;
    out.reserve(chunk.size() + chunk.size() / 16 + 16);
    auto done = each->transform(chunk, out);
    if (done && last) done = each->finish(out);
    chunk.swap(out);
    if (!done && outcome) outcome = std::move(done);
  }
  return outcome;
}

}  // namespace ferry::transfer
