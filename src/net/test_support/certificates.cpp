#include "net/test_support/certificates.hpp"

#include <fstream>
#include <stdexcept>

#include "net/certificate.hpp"

namespace ferry::net::test_support {

certificates::certificates() {
  auto pattern = (std::filesystem::temp_directory_path() / "tls-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("cannot make a folder for certificates");
  folder_ = pattern;
}

certificates::~certificates() { std::filesystem::remove_all(folder_); }

tls_identity certificates::make(const std::string& file, const std::vector<std::string>& names, int days) {
  auto made = self_signed(names, days);
  if (!made) throw std::runtime_error(made.error().cause);
  return {text(file + ".pem", made->certificate), text(file + ".key", made->key)};
}

std::string certificates::text(const std::string& file, std::string_view what) {
  auto out = folder_ / file;
  std::ofstream(out) << what;
  return out;
}

}  // namespace ferry::net::test_support
