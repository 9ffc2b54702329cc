#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "net/client_hello.hpp"

// However it is cut, the same is read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view said(reinterpret_cast<const char*>(data), size);
  ferry::net::client_hello whole, pieces;
  const auto once = whole.push(said);
  auto last = ferry::net::client_hello::status::more;
  for (std::size_t at = 0; at < size; at += 3) last = pieces.push(said.substr(at, 3));
  if (size > 0 && once != last) std::abort();
  const ferry::net::tls_session_name name{.session_id = "0123456789abcdef"};
  if (whole.resumes(name) != pieces.resumes(name)) std::abort();
  return 0;
}
