#include "ftp_session.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>
#include <vector>

namespace load {
namespace {

constexpr std::size_t gulp = 1 << 20;
char sink[gulp];

[[noreturn]] void fail(const std::string& what) { throw failure(what + ": " + std::strerror(errno)); }

// A descriptor that is closed on every way out.
struct socket_guard {
  int fd;
  ~socket_guard() {
    if (fd >= 0) ::close(fd);
  }
};

int dial(const target& where, std::uint16_t port) {
  socket_guard made{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (made.fd < 0) fail("socket");
  timeval wait{where.timeout, 0};
  ::setsockopt(made.fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  ::setsockopt(made.fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  ::inet_pton(AF_INET, where.host.c_str(), &to.sin_addr);
  if (::connect(made.fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) fail("connect");
  return std::exchange(made.fd, -1);
}

// MSG_TRUNC drops what came without a copy.
std::int64_t drop(int socket) {
  std::int64_t total = 0;
  for (;;) {
    ssize_t count = ::recv(socket, sink, sizeof sink, MSG_TRUNC);
    if (count == 0) return total;
    if (count < 0 && errno != EINTR) fail("data");
    if (count > 0) total += count;
  }
}

}  // namespace

double now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

upload_source::upload_source(std::size_t size)
    : file_(::memfd_create("upload", MFD_CLOEXEC)), size_(static_cast<std::int64_t>(size)) {
  std::vector<char> block(gulp);
  for (std::size_t i = 0; i < block.size(); ++i) block[i] = static_cast<char>(i * 2654435761U >> 13);
  for (std::size_t done = 0; done < size; done += block.size()) {
    if (::write(file_, block.data(), block.size()) < 0) fail("memory");
  }
}

upload_source::~upload_source() { ::close(file_); }

void upload_source::send(int socket, std::int64_t count) const {
  for (std::int64_t sent = 0; sent < count;) {
    off_t from = sent % size_;
    auto most = static_cast<std::size_t>(std::min(count - sent, size_ - from));
    ssize_t taken = ::sendfile(socket, file_, &from, most);
    if (taken <= 0 && errno != EINTR) fail("sendfile");
    if (taken > 0) sent += taken;
  }
}

void ftp_session::complain(const std::string& what) const { throw failure(what + ": " + said_); }

void ftp_session::close() {
  if (tls_) SSL_free(tls_);
  if (socket_ >= 0) ::close(socket_);
  tls_ = nullptr;
  socket_ = -1;
  unread_.clear();
}

void ftp_session::send(const std::string& bytes) {
  auto rest = bytes;
  while (!rest.empty()) {
    auto count = tls_ ? SSL_write(tls_, rest.data(), static_cast<int>(rest.size()))
                      : ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (count <= 0) fail("control connection");
    rest.erase(0, static_cast<std::size_t>(count));
  }
}

std::string ftp_session::line() {
  for (;;) {
    if (auto end = unread_.find("\r\n"); end != std::string::npos) {
      auto out = unread_.substr(0, end);
      unread_.erase(0, end + 2);
      return out;
    }
    char bytes[2048];
    auto count = tls_ ? SSL_read(tls_, bytes, sizeof bytes) : ::recv(socket_, bytes, sizeof bytes, 0);
    if (count == 0) throw failure("the server closed the control connection");
    if (count < 0) fail("control connection");
    unread_.append(bytes, static_cast<std::size_t>(count));
  }
}

int ftp_session::reply() {
  said_ = line();
  if (said_.size() > 3 && said_[3] == '-') {
    auto last = said_.substr(0, 3) + " ";
    while (!said_.starts_with(last)) said_ = line();
  }
  return std::atoi(said_.c_str());
}

int ftp_session::command(const std::string& line) {
  send(line + "\r\n");
  return reply();
}

void ftp_session::expect(int code, const std::string& line) {
  if (command(line) != code) complain(line);
}

void ftp_session::login() {
  socket_ = dial(where_, where_.port);
  int at_once = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
  if (reply() != 220) complain("greeting");
  if (where_.tls) {
    expect(234, "AUTH TLS");
    tls_ = secure(socket_);
  }
  if (int code = command("USER " + where_.user); code == 331) {
    expect(230, "PASS " + where_.password);
  } else if (code != 230) {
    complain("USER");
  }
  if (where_.tls) {
    expect(200, "PBSZ 0");
    expect(200, "PROT P");
  }
}

SSL* ftp_session::secure(int socket) {
  SSL* out = SSL_new(where_.tls);
  SSL_set_fd(out, socket);
  if (tls_) {
    if (auto* session = SSL_get1_session(tls_)) {
      SSL_set_session(out, session);
      SSL_SESSION_free(session);
    }
  }
  if (SSL_connect(out) == 1) return out;
  SSL_free(out);
  throw failure("TLS handshake");
}

int ftp_session::open_data() {
  if (where_.pasv) {
    expect(227, "PASV");
    int host[4], port[2];
    auto at = said_.find('(');
    if (at == std::string::npos || std::sscanf(said_.c_str() + at, "(%d,%d,%d,%d,%d,%d", host, host + 1, host + 2,
                                               host + 3, port, port + 1) != 6) {
      complain("PASV");
    }
    return dial(where_, static_cast<std::uint16_t>(port[0] * 256 + port[1]));
  }
  expect(229, "EPSV");
  auto at = said_.find("|||");
  if (at == std::string::npos) complain("EPSV");
  return dial(where_, static_cast<std::uint16_t>(std::atoi(said_.c_str() + at + 3)));
}

std::int64_t ftp_session::drop_ciphertext(int socket, std::int64_t size) {
  SSL* secured = secure(socket);
  std::int64_t total = 0;
  bool said_goodbye = false;
  for (;;) {
    ssize_t count = ::recv(socket, sink, sizeof sink, MSG_TRUNC);
    if (count == 0 || (count < 0 && errno == ECONNRESET)) break;
    if (count < 0 && errno != EINTR) fail("data");
    if (count > 0) total += count;
    // Some servers wait for the close_notify of the other side.
    if (size > 0 && total >= size && !std::exchange(said_goodbye, true)) SSL_shutdown(secured);
  }
  SSL_set_quiet_shutdown(secured, 1);
  SSL_free(secured);
  return total;
}

std::int64_t ftp_session::fetch(const std::string& line, std::int64_t size, double* first_byte) {
  socket_guard data{open_data()};
  double begin = now();
  if (int code = command(line); code != 150 && code != 125) complain(line);
  if (first_byte) {
    char byte;
    ::recv(data.fd, &byte, 1, MSG_PEEK);
    *first_byte = now() - begin;
  }
  auto total = where_.tls ? drop_ciphertext(data.fd, size) : drop(data.fd);
  ::close(std::exchange(data.fd, -1));
  if (int code = reply(); code != 226 && code != 250) complain(line);
  return total;
}

void ftp_session::store(const std::string& path, std::int64_t size, const upload_source& from) {
  socket_guard data{open_data()};
  if (int code = command("STOR " + path); code != 150 && code != 125) complain("STOR");
  if (where_.tls) {
    SSL* secured = secure(data.fd);
    for (std::int64_t left = size; left > 0;) {
      int count = SSL_write(secured, sink, static_cast<int>(std::min<std::int64_t>(left, 65536)));
      if (count <= 0) fail("data");
      left -= count;
    }
    SSL_shutdown(secured);
    SSL_free(secured);
  } else if (size <= static_cast<std::int64_t>(sizeof sink)) {
    if (::send(data.fd, sink, static_cast<std::size_t>(size), MSG_NOSIGNAL) != size) fail("data");
  } else {
    from.send(data.fd, size);
  }
  ::close(std::exchange(data.fd, -1));
  if (int code = reply(); code != 226 && code != 250) complain("STOR");
}

}  // namespace load
