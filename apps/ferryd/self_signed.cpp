#include "ferryd/self_signed.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/folders.hpp"
#include "net/certificate.hpp"

namespace ferry::ferryd {
namespace {

std::unexpected<error> file_failed(const std::string& file, int code) {
  return fail("cert.file", file + ": " + std::generic_category().message(code),
              code == EEXIST ? "a certificate is there already: remove it, or name another folder"
                             : "name a folder that you may write to");
}

result<void> write_new(const std::string& file, std::string_view text, unsigned mode) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return file_failed(file, errno);
  const bool whole = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int code = whole ? 0 : errno;
  ::close(fd);
  if (!whole) return file_failed(file, code);
  return {};
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 && name[0] ? name : "localhost";
}

}  // namespace

result<net::tls_identity> make_certificate(const std::string& folder, const std::vector<std::string>& names, int days) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return file_failed(folder, failed.value());
  auto made = net::self_signed(names, days);
  if (!made) return std::unexpected(made.error());
  net::tls_identity out{folder + "/cert.pem", folder + "/key.pem"};
  if (auto written = write_new(out.key, made->key, 0600); !written) return std::unexpected(written.error());
  if (auto written = write_new(out.certificate, made->certificate, 0644); !written) {
    return std::unexpected(written.error());
  }
  return out;
}

result<net::tls_identity> own_certificate() {
  const auto folder = state_folder("ferryd");
  net::tls_identity kept{folder + "/cert.pem", folder + "/key.pem"};
  if (::access(kept.certificate.c_str(), R_OK) == 0 && ::access(kept.key.c_str(), R_OK) == 0) return kept;
  return make_certificate(folder, {host_name(), "localhost", "127.0.0.1", "::1"}, certificate_days);
}

}  // namespace ferry::ferryd
