// limits TEST [key=value...]: what the machine itself can do on loopback, without an FTP server in the way.
//
//   sendfile   file                 a file to a connection, as a download without a copy
//   write      file chunk           the same by read and write
//   splice     out size             a connection into a file through a pipe, as an upload with the fewest copies
//   read       out size chunk       the same by read and write
//   files      n sessions file      the least that FTP does for a small file: EPSV, RETR, 150, data, 226
//   logins     n conc               the least that a login is: 220, USER, PASS, QUIT; one thread, epoll
// The serving side runs on processor 0, the other on 1 (on 0 with same=1). One line of key=value on stdout; cpu is the
// serving side's, in seconds.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <map>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace {

constexpr std::uint16_t first_port = 21950;
constexpr std::size_t gulp = 1 << 20;

std::map<std::string, std::string> given;

std::string text(const char* key) { return given[key]; }
std::int64_t number(const char* key, std::int64_t otherwise) {
  return given.contains(key) ? std::atoll(given[key].c_str()) : otherwise;
}

double seconds_of(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double now() { return seconds_of(CLOCK_MONOTONIC); }

template <class T>
T check(T outcome, const char* what) {
  if (outcome < 0) throw std::system_error(errno, std::generic_category(), what);
  return outcome;
}

class descriptor {
 public:
  explicit descriptor(int fd) : fd_(fd) {}
  ~descriptor() { ::close(fd_); }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  operator int() const { return fd_; }

 private:
  int fd_;
};

void run_on(int processor) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(number("same", 0) ? 0 : processor, &one);
  ::sched_setaffinity(0, sizeof one, &one);
}

void without_delay(int socket) {
  int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return out;
}

int listen_on(std::uint16_t port) {
  int out = check(::socket(AF_INET, SOCK_STREAM, 0), "socket"), on = 1;
  ::setsockopt(out, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  auto at = loopback(port);
  check(::bind(out, reinterpret_cast<sockaddr*>(&at), sizeof at), "bind");
  check(::listen(out, 1024), "listen");
  return out;
}

int dial(std::uint16_t port) {
  int out = check(::socket(AF_INET, SOCK_STREAM, 0), "socket");
  auto to = loopback(port);
  check(::connect(out, reinterpret_cast<sockaddr*>(&to), sizeof to), "connect");
  without_delay(out);
  return out;
}

void print_bulk(std::int64_t bytes, double seconds, double cpu) {
  auto gigabytes = static_cast<double>(bytes) / 1e9;
  std::printf("gb_s=%.3f cpu_gb=%.4f\n", gigabytes / seconds, cpu / gigabytes);
}

void drop_all(int socket) {
  static char sink[gulp];
  while (::recv(socket, sink, sizeof sink, MSG_TRUNC) > 0) {
  }
}

void down(const std::string& how) {
  descriptor listener(listen_on(first_port)), file(check(::open(text("file").c_str(), O_RDONLY), "file"));
  std::jthread reader([] {
    run_on(1);
    descriptor socket(dial(first_port));
    drop_all(socket);
  });
  run_on(0);
  std::int64_t sent = 0;
  double begin = now(), cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID);
  {
    descriptor socket(check(::accept(listener, nullptr, nullptr), "accept"));
    std::vector<char> buffer(static_cast<std::size_t>(number("chunk", gulp)));
    for (;;) {
      ssize_t count =
          how == "sendfile" ? ::sendfile(socket, file, nullptr, 1 << 30) : ::read(file, buffer.data(), buffer.size());
      if (check(count, "source") == 0) break;
      for (ssize_t done = 0; how == "write" && done < count;) {
        done += check(::write(socket, buffer.data() + done, static_cast<std::size_t>(count - done)), "write");
      }
      sent += count;
    }
    cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID) - cpu;
  }
  reader.join();
  print_bulk(sent, now() - begin, cpu);
}

void send_from_memory(std::int64_t size) {
  descriptor memory(::memfd_create("limits", 0));
  std::vector<char> block(64 * gulp, 'x');
  check(::write(memory, block.data(), block.size()), "memory");
  descriptor socket(dial(first_port));
  for (std::int64_t left = size; left > 0;) {
    off_t from = 0;
    auto most = std::min<std::int64_t>(left, static_cast<std::int64_t>(block.size()));
    left -= check(::sendfile(socket, memory, &from, static_cast<std::size_t>(most)), "sendfile");
  }
}

void splice_into(int socket, int file) {
  int ends[2];
  check(::pipe(ends), "pipe");
  descriptor out(ends[0]), in(ends[1]);
  ::fcntl(in, F_SETPIPE_SZ, gulp);
  while (auto count = check(::splice(socket, nullptr, in, nullptr, gulp, SPLICE_F_MOVE | SPLICE_F_MORE), "splice")) {
    while (count > 0) {
      count -= check(::splice(out, nullptr, file, nullptr, static_cast<std::size_t>(count), SPLICE_F_MOVE), "splice");
    }
  }
}

void copy_into(int socket, int file) {
  std::vector<char> buffer(static_cast<std::size_t>(number("chunk", gulp)));
  while (auto count = check(::recv(socket, buffer.data(), buffer.size(), 0), "recv")) {
    check(::write(file, buffer.data(), static_cast<std::size_t>(count)), "write");
  }
}

void up(const std::string& how) {
  auto size = number("size", 2LL << 30);
  descriptor listener(listen_on(first_port));
  std::jthread writer([=] {
    run_on(1);
    send_from_memory(size);
  });
  run_on(0);
  descriptor socket(check(::accept(listener, nullptr, nullptr), "accept"));
  auto out = text("out");
  descriptor file(check(::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644), "out"));
  double begin = now(), cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID);
  if (how == "splice") {
    splice_into(socket, file);
  } else {
    copy_into(socket, file);
  }
  print_bulk(size, now() - begin, seconds_of(CLOCK_THREAD_CPUTIME_ID) - cpu);
  ::unlink(out.c_str());
}

void say(int socket, const std::string& line) { ::send(socket, line.data(), line.size(), MSG_NOSIGNAL); }

bool hear(int socket, std::string& line) {
  char bytes[512];
  line.clear();
  while (!line.ends_with('\n')) {
    auto count = ::recv(socket, bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    line.append(bytes, static_cast<std::size_t>(count));
  }
  return true;
}

void serve_files(int socket, std::uint16_t data_port, const std::string& path) {
  without_delay(socket);
  descriptor listener(listen_on(data_port));
  std::string line;
  while (hear(socket, line)) {
    say(socket, "229 ok (|||" + std::to_string(data_port) + "|)\r\n");
    if (!hear(socket, line)) return;
    descriptor data(check(::accept(listener, nullptr, nullptr), "accept"));
    say(socket, "150 ok\r\n");
    char content[1024];
    descriptor file(check(::open(path.c_str(), O_RDONLY), "file"));
    auto count = check(::read(file, content, sizeof content), "read");
    say(data, std::string(content, static_cast<std::size_t>(count)));
    ::shutdown(data, SHUT_WR);
    say(socket, "226 ok\r\n");
  }
}

void take_files(std::int64_t count) {
  descriptor socket(dial(first_port));
  std::string line, replies;
  for (std::int64_t i = 0; i < count; ++i) {
    say(socket, "EPSV\r\n");
    hear(socket, line);
    descriptor data(dial(static_cast<std::uint16_t>(std::atoi(line.c_str() + line.find("|||") + 3))));
    say(socket, "RETR f\r\n");
    drop_all(data);
    for (replies.clear(); replies.find("226") == replies.npos && hear(socket, line);) replies += line;
  }
}

// The other side runs in a process of its own, so that `cpu` is the serving side's alone.
double with_client(const std::function<void()>& serve, const std::function<void()>& client) {
  double begin = now();
  if (auto child = check(::fork(), "fork"); child == 0) {
    run_on(1);
    client();
    std::_Exit(0);
  }
  run_on(0);
  serve();
  return now() - begin;
}

void print_rate(std::int64_t count, double seconds) {
  std::printf("rate=%.1f cpu_each=%.8f\n", static_cast<double>(count) / seconds,
              seconds_of(CLOCK_PROCESS_CPUTIME_ID) / static_cast<double>(count));
}

void files() {
  auto count = number("n", 2000), sessions = number("sessions", 1);
  descriptor listener(listen_on(first_port));
  auto serve = [&] {
    std::vector<std::jthread> all;
    for (int i = 0; i < sessions; ++i) {
      all.emplace_back([socket = check(::accept(listener, nullptr, nullptr), "accept"), i] {
        serve_files(socket, static_cast<std::uint16_t>(first_port + 1 + i), text("file"));
        ::close(socket);
      });
    }
  };
  auto client = [&] {
    std::vector<std::jthread> all;
    for (int i = 0; i < sessions; ++i) all.emplace_back([&] { take_files(count); });
  };
  print_rate(count * sessions, with_client(serve, client));
}

// The answer to a command of a login; QUIT ends the connection.
bool answer(int socket) {
  char bytes[256];
  auto count = ::recv(socket, bytes, sizeof bytes, 0);
  if (count <= 0 || bytes[0] == 'Q') {
    if (count > 0) say(socket, "221 ok\r\n");
    ::close(socket);
    return false;
  }
  say(socket, bytes[0] == 'U' ? "331 ok\r\n" : "230 ok\r\n");
  return true;
}

void serve_logins(int listener, std::int64_t count) {
  descriptor poll(::epoll_create1(0));
  epoll_event event{.events = EPOLLIN, .data = {.fd = listener}};
  ::epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
  while (count > 0) {
    epoll_event ready[64];
    int some = check(::epoll_wait(poll, ready, 64, 5000), "epoll");
    for (int i = 0; i < some; ++i) {
      if (ready[i].data.fd != listener) {
        if (!answer(ready[i].data.fd)) --count;
        continue;
      }
      event.data.fd = check(::accept(listener, nullptr, nullptr), "accept");
      without_delay(event.data.fd);
      say(event.data.fd, "220 ok\r\n");
      ::epoll_ctl(poll, EPOLL_CTL_ADD, event.data.fd, &event);
    }
  }
}

void logins() {
  auto at_once = number("conc", 1), each = number("n", 5000) / at_once;
  descriptor listener(listen_on(first_port));
  auto client = [&] {
    std::vector<std::jthread> all;
    for (int i = 0; i < at_once; ++i) {
      all.emplace_back([&] {
        std::string line;
        for (std::int64_t k = 0; k < each; ++k) {
          descriptor socket(dial(first_port));
          hear(socket, line);
          for (const char* command : {"USER a\r\n", "PASS b\r\n", "QUIT\r\n"}) {
            say(socket, command);
            hear(socket, line);
          }
        }
      });
    }
  };
  print_rate(each * at_once, with_client([&] { serve_logins(listener, each * at_once); }, client));
}

}  // namespace

int main(int count, char** words) {
  std::signal(SIGPIPE, SIG_IGN);
  std::string test = count > 1 ? words[1] : "";
  for (int i = 2; i < count; ++i) {
    std::string word = words[i];
    if (auto equals = word.find('='); equals != word.npos) given[word.substr(0, equals)] = word.substr(equals + 1);
  }
  if (test == "sendfile" || test == "write") {
    down(test);
  } else if (test == "splice" || test == "read") {
    up(test);
  } else if (test == "files") {
    files();
  } else if (test == "logins") {
    logins();
  } else {
    std::fputs("limits sendfile|write|splice|read|files|logins [key=value...]\n", stderr);
    return 2;
  }
}
