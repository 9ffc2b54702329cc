// The PROXY protocol: in any pieces the same comes out, nothing behind the header is taken, and what is written is read
// again as the same.
#include <algorithm>
#include <cstdlib>

#include "proto/proxy_header.hpp"

using namespace ferry::proto;
using status = proxy_header_reader::status;

namespace {

struct outcome {
  status how = status::more;
  proxy_header what;
  std::size_t taken = 0;
  friend bool operator==(const outcome&, const outcome&) = default;
};

outcome read(std::string_view in, std::size_t most) {
  proxy_header_reader reader;
  outcome out;
  while (out.how == status::more) {
    const auto count = std::min({reader.wants(), most, in.size() - out.taken});
    if (reader.wants() == 0) std::abort();
    if (count == 0) break;
    out.how = reader.push(in.substr(out.taken, count));
    out.taken += count;
  }
  out.what = reader.header();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  const std::string_view in(reinterpret_cast<const char*>(bytes), size);
  const auto whole = read(in, in.size());
  const auto piecewise = read(in, 1);
  if (whole.how != piecewise.how) std::abort();
  if (whole.how != status::done) return 0;
  if (whole != piecewise || whole.taken > proxy_header_max) std::abort();
  if (whole.what.from.has_value() != whole.what.to.has_value()) std::abort();
  for (const auto& again : {format_proxy_v1(whole.what), format_proxy_v2(whole.what)}) {
    if (read(again, again.size()) != outcome{status::done, whole.what, again.size()}) std::abort();
  }
  return 0;
}
