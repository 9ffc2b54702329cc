// PORT, EPRT, LPRT and their passive replies: what is read is written and read again as the same.
#include <cstdlib>

#include "proto/extended_port.hpp"
#include "proto/host_port.hpp"
#include "proto/long_port.hpp"

using namespace ferry::proto;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  const std::string_view in(reinterpret_cast<const char*>(bytes), size);
  if (const auto v = parse_port_argument(in); v && parse_port_argument(format_port_argument(*v)) != v) std::abort();
  if (const auto v = parse_227(in); v && (v->port == 0 || parse_227(format_227(*v)) != v)) std::abort();
  const auto extended = parse_eprt(in);
  const bool writable = extended && extended->address.find('|') == std::string::npos;
  if (writable && parse_eprt(format_eprt(*extended)) != extended) std::abort();
  if (const auto port = parse_229(in); port && (*port == 0 || parse_229(format_229(*port)) != port)) std::abort();
  if (const auto v = parse_lprt(in); v && parse_lprt(format_lprt(*v)) != v) std::abort();
  if (const auto v = parse_228(in); v && parse_228(format_228(*v)) != v) std::abort();
  parse_epsv_argument(in);
  return 0;
}
