#include "ferryd/name_watch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>

namespace ferry::ferryd {
namespace {

constexpr std::size_t longest_message = 512;
constexpr char is_address = '=', is_failure = '!';

// "0=192.0.2.1": the name by its number, and its address; "0!why": that it has none.
std::string message(std::size_t which, const result<net::address>& answer) {
  auto out = answer ? fmt::format("{}{}{}", which, is_address, answer->to_string())
                    : fmt::format("{}{}{}", which, is_failure, answer.error().cause);
  out.resize(std::min(out.size(), longest_message));
  return out;
}

// The life of the process: until nobody listens any more.
[[noreturn]] void keep_looking(int to, const std::vector<std::string>& names, const name_manner& how) {
  std::vector<std::string> last(names.size());
  for (;;) {
    bool found = true;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto answer = how.look_up(names[i]);
      found = found && answer;
      auto said = message(i, answer);
      if (said == last[i]) continue;
      if (::send(to, said.data(), said.size(), MSG_NOSIGNAL) < 0) ::_exit(0);
      last[i] = std::move(said);
    }
    pollfd end{.fd = to, .events = POLLRDHUP, .revents = 0};
    if (::poll(&end, 1, static_cast<int>((found ? how.again : how.retry).count())) > 0) ::_exit(0);
  }
}

// Keeps nothing but the socket and what it is to look up: neither files nor terminal, nor signals that are for ferryd.
void part_with_everything(int socket) {
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int each : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing, each);
  ::dup2(socket, STDERR_FILENO + 1);
  ::close_range(STDERR_FILENO + 2, ~0u, 0);
  sigset_t all;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

bool become_harmless(const std::optional<identity>& who) {
  if (!no_new_privileges()) return false;
  return who ? become(*who, false).has_value() : drop_capabilities(false).has_value();
}

}  // namespace

result<net::address> look_up(const std::string& name) {
  const addrinfo wanted{.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
  addrinfo* found = nullptr;
  if (const int code = ::getaddrinfo(name.c_str(), nullptr, &wanted, &found); code != 0) {
    return fail("names.lookup", ::gai_strerror(code));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
  const auto* in = reinterpret_cast<const sockaddr_in*>(found->ai_addr);
  return net::asio::ip::address_v4(ntohl(in->sin_addr.s_addr));
}

result<std::unique_ptr<name_watch>> name_watch::start(std::vector<std::string> names,
                                                      const std::optional<identity>& who, name_manner how) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return fail_errno("names.process", errno);
  fd mine(ends[0]), its(ends[1]);
  const auto child = ::fork();
  if (child < 0) return fail_errno("names.process", errno);
  if (child == 0) {
    part_with_everything(its.get());
    if (!become_harmless(who)) ::_exit(1);
    keep_looking(STDERR_FILENO + 1, names, how);
  }
  return std::unique_ptr<name_watch>(new name_watch(std::move(names), std::move(mine), child));
}

name_watch::name_watch(std::vector<std::string> names, fd from, pid_t child)
    : names_(std::move(names)), from_(std::move(from)), child_(child) {}

name_watch::~name_watch() {
  over_ = true;
  ::shutdown(from_.get(), SHUT_RDWR);  // wakes the thread
  if (thread_.joinable()) thread_.join();
  ::kill(child_, SIGKILL);  // it may be waiting for a name server
  ::waitpid(child_, nullptr, 0);
}

void name_watch::tell(listener whom) {
  thread_ = std::thread([this, whom = std::move(whom)] { hear(whom); });
}

void name_watch::hear(const listener& whom) {
  std::array<char, longest_message> bytes;
  for (;;) {
    const auto count = ::recv(from_.get(), bytes.data(), bytes.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    const std::string_view said(bytes.data(), static_cast<std::size_t>(count));
    std::size_t which = 0;
    const auto [end, wrong] = std::from_chars(said.data(), said.data() + said.size(), which);
    if (wrong != std::errc{} || which >= names_.size() || end == said.data() + said.size()) continue;
    const std::string text(end + 1, said.data() + said.size());
    boost::system::error_code bad;
    const auto address = net::asio::ip::make_address_v4(text, bad);
    if (*end == is_failure) whom(names_[which], fail("names.lookup", text));
    if (*end == is_address && !bad) whom(names_[which], net::address(address));
  }
  if (over_) return;
  for (const auto& each : names_) whom(each, fail("names.lookup", "the process that looks names up has ended"));
}

}  // namespace ferry::ferryd
