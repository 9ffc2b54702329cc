// Certificates in files, for as long as a test runs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "net/tls.hpp"

namespace ferry::net::test_support {

class certificates {
 public:
  certificates();
  ~certificates();
  certificates(const certificates&) = delete;
  certificates& operator=(const certificates&) = delete;

  // Self-signed; made again under the same `file`, it is another one.
  tls_identity make(const std::string& file, const std::vector<std::string>& names, int days = 30);
  std::string text(const std::string& file, std::string_view what);

 private:
  std::filesystem::path folder_;
};

}  // namespace ferry::net::test_support
