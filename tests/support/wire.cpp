#include "support/wire.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

#include "proto/extended_port.hpp"
#include "proto/host_port.hpp"
#include "proto/text.hpp"

namespace ferry::support {
namespace {

[[noreturn]] void fail(const std::string& what) {
  auto text = what + ": " + std::generic_category().message(errno);
  if (errno == ECONNRESET || errno == EPIPE) throw wire_reset(text);
  throw wire_error(text);
}

int checked(int value, const char* what) {
  if (value < 0) fail(what);
  return value;
}

sockaddr_in address(const std::string& text, std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  if (::inet_pton(AF_INET, text.c_str(), &out.sin_addr) != 1) throw wire_error("no address: " + text);
  return out;
}

const sockaddr* generic(const sockaddr_in& at) { return reinterpret_cast<const sockaddr*>(&at); }

int open_socket() {
  int fd = checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);  // a segment a send
  return fd;
}

std::uint16_t local_port(int fd) {
  sockaddr_in at{};
  socklen_t size = sizeof at;
  checked(::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size), "getsockname");
  return ntohs(at.sin_port);
}

bool await(int fd, short events, std::chrono::milliseconds so_long) {
  pollfd one{fd, events, 0};
  return checked(::poll(&one, 1, static_cast<int>(so_long.count())), "poll") > 0;
}

void await_or_throw(int fd, short events, const char* what) {
  if (!await(fd, events, patience)) throw wire_error(std::string("waited too long to ") + what);
}

}  // namespace

wire_socket::wire_socket(wire_socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

wire_socket& wire_socket::operator=(wire_socket&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

wire_socket::~wire_socket() {
  if (fd_ >= 0) ::close(fd_);
}

wire_socket wire_socket::dial(std::uint16_t port, const std::string& from, const std::string& to) {
  wire_socket out(open_socket());
  auto here = address(from, 0);
  auto there = address(to, port);
  checked(::bind(out.fd_, generic(here), sizeof here), "bind");
  timeval until{.tv_sec = patience.count(), .tv_usec = 0};
  ::setsockopt(out.fd_, SOL_SOCKET, SO_SNDTIMEO, &until, sizeof until);  // of connect too
  checked(::connect(out.fd_, generic(there), sizeof there), "connect");
  return out;
}

void wire_socket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    await_or_throw(fd_, POLLOUT, "send");
    bytes.remove_prefix(send_some(bytes));
  }
}

std::size_t wire_socket::send_some(std::string_view bytes) {
  auto count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count < 0 && errno == EAGAIN) return 0;
  if (count < 0) fail("send");
  return static_cast<std::size_t>(count);
}

void wire_socket::send_urgent(char byte) {
  checked(static_cast<int>(::send(fd_, &byte, 1, MSG_NOSIGNAL | MSG_OOB)), "send");
}

bool wire_socket::receive_some(std::string& into) {
  await_or_throw(fd_, POLLIN, "receive");
  char chunk[65536];
  auto count = ::recv(fd_, chunk, sizeof chunk, 0);
  if (count < 0) fail("receive");
  into.append(chunk, static_cast<std::size_t>(count));
  return count > 0;
}

std::string wire_socket::receive(std::size_t count) {
  std::string out(count, '\0');
  for (std::size_t have = 0; have < count;) {
    await_or_throw(fd_, POLLIN, "receive");
    auto got = ::recv(fd_, out.data() + have, count - have, 0);
    if (got < 0) fail("receive");
    if (got == 0) throw wire_error("the connection ended early");
    have += static_cast<std::size_t>(got);
  }
  return out;
}

std::string wire_socket::receive_all() {
  std::string out;
  while (receive_some(out)) {
  }
  return out;
}

bool wire_socket::ended() {
  try {
    receive_all();
    return true;
  } catch (const wire_reset&) {
    return true;
  } catch (const wire_error&) {
    return false;
  }
}

bool wire_socket::readable(std::chrono::milliseconds within) { return await(fd_, POLLIN, within); }

void wire_socket::finish() { ::shutdown(fd_, SHUT_WR); }

void wire_socket::reset() {
  linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(std::exchange(fd_, -1));
}

void wire_socket::small_window() {
  int size = 4096;
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

std::uint16_t wire_socket::port() const { return local_port(fd_); }

wire_listener::wire_listener(std::uint16_t port, int backlog) : fd_(open_socket()) {
  auto at = address("127.0.0.1", port);
  checked(::bind(fd_, generic(at), sizeof at), "bind");
  checked(::listen(fd_, backlog), "listen");
}

wire_listener::~wire_listener() { ::close(fd_); }

wire_socket wire_listener::accept() {
  await_or_throw(fd_, POLLIN, "accept");
  return wire_socket(checked(::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC), "accept"));
}

std::uint16_t wire_listener::port() const { return local_port(fd_); }

std::string wire_listener::host_port() const { return proto::format_port_argument({{127, 0, 0, 1}, port()}); }

std::string wire_listener::extended_port() const { return "|1|127.0.0.1|" + std::to_string(port()) + "|"; }

std::string wire_reply::text() const {
  std::string out;
  for (const auto& each : lines) out += (out.empty() ? "" : "\n") + each;
  return out;
}

std::uint16_t wire_reply::port() const {
  if (code == 227) {
    if (auto at = proto::parse_227(text())) return at->port;
  } else if (code == 229) {
    if (auto at = proto::parse_229(text())) return *at;
  }
  throw wire_error("names no port: " + std::to_string(code) + " " + text());
}

void wire::send(std::string_view bytes) {
  if (observer_) observer_->sent(bytes);
  control_.send(bytes);
}

void wire::send_line(std::string_view line) { send(std::string(line) + "\r\n"); }

// Without its CRLF, and with each doubled 0xFF as one.
std::string wire::line() {
  std::size_t end;
  while ((end = buffer_.find('\n')) == buffer_.npos) {
    if (!control_.receive_some(buffer_)) throw wire_error("the connection ended instead of a reply: " + buffer_);
  }
  std::string raw = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  if (!raw.ends_with('\r')) throw wire_error("a line without CR: " + raw);
  raw.pop_back();
  std::string out;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '\r' || raw[i] == '\0') throw wire_error("a control character in: " + raw);
    if (raw[i] == '\xFF' && (++i == raw.size() || raw[i] != '\xFF')) throw wire_error("a lone IAC in: " + raw);
    out += raw[i];
  }
  return out;
}

wire_reply wire::read() {
  auto code_of = [](const std::string& text) {
    int code = 0;
    auto end = text.size() < 4 ? nullptr : std::from_chars(text.data(), text.data() + 3, code).ptr;
    return end == text.data() + 3 && code >= 100 ? code : 0;
  };
  wire_reply out;
  auto first = line();
  out.code = code_of(first);
  if (out.code == 0 || (first[3] != ' ' && first[3] != '-')) throw wire_error("no reply: " + first);
  out.lines.push_back(first.substr(4));
  for (bool last = first[3] == ' '; !last;) {
    auto next = line();
    last = code_of(next) == out.code && next[3] == ' ';
    if (!last && !next.empty() && proto::is_digit(next[0])) throw wire_error("an inner line like a reply: " + next);
    out.lines.push_back(last ? next.substr(4) : std::move(next));
  }
  if (observer_) observer_->received(out);
  return out;
}

wire_reply wire::ask(std::string_view line) {
  send_line(line);
  return read();
}

bool wire::silent(std::chrono::milliseconds so_long) { return buffer_.empty() && !control_.readable(so_long); }

bool wire::ended() {
  if (!buffer_.empty()) throw wire_error("an unread reply: " + buffer_);
  try {
    std::string more;
    if (!control_.receive_some(more)) return true;
    throw wire_error("instead of the end: " + more);
  } catch (const wire_reset&) {
    return true;
  }
}

wire_socket wire::passive() { return wire_socket::dial(ask("EPSV").port()); }

void wire::active(const wire_listener& here) {
  if (auto got = ask("PORT " + here.host_port()); got.code != 200) throw wire_error("PORT: " + got.text());
}

}  // namespace ferry::support
