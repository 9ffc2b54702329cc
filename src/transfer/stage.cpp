#include "transfer/stage.hpp"

namespace ferry::transfer {

void run(const stages& through, std::string& chunk, bool last) {
  for (const auto& each : through) {
    std::string out;
    out.reserve(chunk.size() + chunk.size() / 16 + 16);
    each->transform(chunk, out);
    if (last) each->finish(out);
    chunk.swap(out);
  }
}

}  // namespace ferry::transfer
