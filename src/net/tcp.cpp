#include "net/tcp.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "base/limits.hpp"
#include "net/descriptor.hpp"
#include "net/prefix.hpp"

namespace ferry::net {
namespace {

void set(int fd, int level, int name, int value) { ::setsockopt(fd, level, name, &value, sizeof value); }

// On a socket of both protocols (IPV6_V6ONLY off), IPv4 is told in the form of IPv6.
endpoint as_it_is(const endpoint& one) { return {unmapped(one.address()), one.port()}; }

// Middle boxes forget a control connection that is silent while data flows; a dead peer must be noticed.
void tune_control(int fd) {
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set(fd, SOL_SOCKET, SO_OOBINLINE, 1);  // the Telnet Synch arrives where it stands among the commands
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, limit::keepalive_idle_s);
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, limit::keepalive_interval_s);
  set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, limit::unacknowledged_ms);
}

io_result moved(descriptor& socket, ssize_t count, interest wants) {
  if (count > 0) return {.count = static_cast<std::size_t>(count)};
  auto code = static_cast<std::errc>(errno);
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
    code = socket.take_failure();
    if (code == std::errc{}) return {.what = io_result::state::would_block, .wants = wants};
  }
  return {.what = io_result::state::failed, .code = code};
}

endpoint local_name(int fd) {
  endpoint out;
  socklen_t size = static_cast<socklen_t>(out.capacity());
  if (::getsockname(fd, out.data(), &size) == 0) out.resize(size);
  return out;
}

class tcp_stream : public stream {
 public:
  tcp_stream(loop& on, int fd, const endpoint& peer) : socket_(on, fd), peer_(peer) {}

  io_result try_read(std::span<char> into) noexcept override {
    ssize_t count = ::recv(socket_.get(), into.data(), into.size(), 0);
    if (count == 0) return {.what = io_result::state::end};
    return moved(socket_, count, interest::read);
  }
  io_result try_write(std::span<const char> from) noexcept override {
    return moved(socket_, ::send(socket_.get(), from.data(), from.size(), MSG_NOSIGNAL), interest::write);
  }
  task<wait_status> ready(interest what, time_point deadline) override { return socket_.wait(what, deadline); }
  void cancel(interest what) noexcept override { socket_.cancel(what); }
  bool peer_closed() noexcept override {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(socket_.get(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return true;
    switch (info.tcpi_state) {
      case TCP_ESTABLISHED:
      case TCP_FIN_WAIT1:  // this end has finished, the peer has not
      case TCP_FIN_WAIT2: return false;
      default: return true;
    }
  }
  void no_delay() noexcept override { set(socket_.get(), IPPROTO_TCP, TCP_NODELAY, 1); }
  void close_write() noexcept override { ::shutdown(socket_.get(), SHUT_WR); }
  // Connecting to nobody sends the RST now; shutdown would send an orderly end before it. Failing that, closing does.
  void reset() noexcept override {
    const sockaddr nobody{.sa_family = AF_UNSPEC, .sa_data{}};
    if (::connect(socket_.get(), &nobody, sizeof nobody) == 0) return;
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  endpoint local() const override {
    if (local_.port() == 0) local_ = as_it_is(local_name(socket_.get()));
    return local_;
  }
  endpoint peer() const override { return peer_; }
  int descriptor() const noexcept override { return socket_.get(); }
  std::unique_ptr<stream> moved_to(loop& other) override {
    return std::make_unique<tcp_stream>(other, socket_.release(), peer_);
  }

  std::errc take_failure() { return socket_.take_failure(); }

 private:
  net::descriptor socket_;
  endpoint peer_;
  mutable endpoint local_;  // asked for at the first use
};

class tcp_listener : public listener {
 public:
  tcp_listener(loop& on, int fd) : socket_(on, fd) {}

  result<std::unique_ptr<stream>> try_accept() override {
    endpoint peer;
    socklen_t size = static_cast<socklen_t>(peer.capacity());
    int fd = ::accept4(socket_.get(), peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      peer.resize(size);
      return std::make_unique<tcp_stream>(socket_.owner(), fd, as_it_is(peer));
    }
    int code = errno;
    if (code == EAGAIN) code = static_cast<int>(socket_.take_failure());
    switch (code) {
      case 0:
      case EINTR:
      case ECONNABORTED:
      case EPROTO: return nullptr;
      case EMFILE:
      case ENFILE: return fail("accept.descriptors", "no file descriptors are left", "raise the limit of open files");
      default: return fail_errno("accept.failed", code);
    }
  }
  task<wait_status> ready(time_point deadline) override { return socket_.wait(interest::read, deadline); }
  void cancel() noexcept override { socket_.cancel(interest::read); }
  endpoint local() const override { return local_name(socket_.get()); }

 private:
  descriptor socket_;
};

int open_socket(const endpoint& like) {
  return ::socket(like.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
}

std::unexpected<error> listen_error(const endpoint& at, int code) {
  auto cause = fmt::format("cannot listen on {}: {}", show(at), std::generic_category().message(code));
  switch (code) {
    case EADDRINUSE:
      return fail("listen.in_use", cause, "choose another port, or stop the program that has this one",
                  std::errc(code));
    case EACCES:
      return fail("listen.denied", cause, "use a port of 1024 or more, or start with the right to bind it",
                  std::errc(code));
    case EADDRNOTAVAIL: return fail("listen.address", cause, "use an address of this machine", std::errc(code));
    default: return fail("listen.failed", cause, {}, std::errc(code));
  }
}

std::unexpected<error> local_error(const endpoint& from, int code) {
  auto cause = fmt::format("cannot connect from {}: {}", show(from), std::generic_category().message(code));
  return fail("connect.local", cause, {}, std::errc(code));
}

std::unexpected<error> connect_error(const endpoint& to, int code) {
  auto cause = fmt::format("connecting to {}: {}", show(to), std::generic_category().message(code));
  switch (code) {
    case ECONNREFUSED: return fail("connect.refused", cause, {}, std::errc(code));
    case ETIMEDOUT: return fail("connect.timeout", cause, {}, std::errc(code));
    case ENETUNREACH:
    case EHOSTUNREACH: return fail("connect.unreachable", cause, {}, std::errc(code));
    case ECANCELED: return fail("connect.cancelled", cause, {}, std::errc(code));
    default: return fail("connect.failed", cause, {}, std::errc(code));
  }
}

}  // namespace

result<std::unique_ptr<listener>> tcp_network::listen(const endpoint& at, listen_options options) {
  int fd = open_socket(at);
  if (fd < 0) return listen_error(at, errno);
  auto out = std::make_unique<tcp_listener>(loop_, fd);
  set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (options.reuse_port) set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  if (at.address().is_v6()) set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  if (options.control) tune_control(fd);
  if (::bind(fd, at.data(), static_cast<socklen_t>(at.size())) != 0) return listen_error(at, errno);
  if (::listen(fd, options.backlog) != 0) return listen_error(at, errno);
  return out;
}

result<std::unique_ptr<listener>> tcp_network::listen_at(int socket, listen_options options) {
  const int copy = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return fail_errno("listen.failed", errno);
  auto out = std::make_unique<tcp_listener>(loop_, copy);
  ::fcntl(copy, F_SETFL, ::fcntl(copy, F_GETFL) | O_NONBLOCK);
  if (options.control) tune_control(copy);  // what it accepts has its options
  return out;
}

task<result<std::unique_ptr<stream>>> tcp_network::dial(endpoint to, dial_options options) {
  dial_ticket none;
  dial_ticket& ticket = options.ticket ? *options.ticket : none;
  if (ticket.cancelled) co_return connect_error(to, ECANCELED);
  int fd = open_socket(to);
  if (fd < 0) co_return connect_error(to, errno);
  auto out = std::make_unique<tcp_stream>(loop_, fd, to);
  if (options.control) tune_control(fd);
  if (!options.keepalive) set(fd, SOL_SOCKET, SO_KEEPALIVE, 0);
  if (options.from) {
    set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (options.from->port() == 0) set(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    if (::bind(fd, options.from->data(), static_cast<socklen_t>(options.from->size())) != 0) {
      co_return local_error(*options.from, errno);
    }
  }
  if (::connect(fd, to.data(), static_cast<socklen_t>(to.size())) != 0) {
    // The port may be bound by many, yet connected only once to each peer.
    if (errno == EADDRNOTAVAIL && options.from) co_return local_error(*options.from, errno);
    if (errno != EINPROGRESS) co_return connect_error(to, errno);
    ticket.pending = out.get();
    auto status = co_await out->ready(interest::write, options.deadline);
    ticket.pending = nullptr;
    if (status == wait_status::timed_out) co_return connect_error(to, ETIMEDOUT);
    if (status == wait_status::cancelled) co_return connect_error(to, ECANCELED);
    if (status == wait_status::failed) co_return connect_error(to, static_cast<int>(out->take_failure()));
    int code = 0;
    socklen_t size = sizeof code;
    ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size);
    if (code != 0) co_return connect_error(to, code);
  }
  co_return out;
}

}  // namespace ferry::net
