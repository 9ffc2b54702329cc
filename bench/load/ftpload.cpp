// ftpload HOST PORT USER PASSWORD MODE [key=value...]: asks a server for much, and says what it gave.
//
//   retr       path size sessions type        each session takes path (printf-formatted with its number)
//   stor       dir size sessions              each session gives one file
//   smallget   path size sessions n           each session takes path n times (formatted with the count)
//   smallput   dir size sessions n            each session gives n files
//   login      n conc                         n logins, conc at a time
//   list       path command                   one listing; then waits until its input ends, so that one can look
//   idle       n conc seconds memory          opens n sessions and holds them until its input ends; stops after that
//   many
//                                             seconds, or when less than `memory` MiB is left on the machine
// USER "-" is anonymous. For all: tls=1 suite=NAME pasv=1 timeout=SECONDS. "START" on stderr marks the timed part of
// the first four. The result is one line of key=value on stdout.
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "ftp_session.hpp"

namespace load {
namespace {

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  auto seconds = [](timeval t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

class options {
 public:
  options(int count, char** words) {
    for (int i = 0; i < count; ++i) {
      std::string word = words[i];
      if (auto equals = word.find('='); equals != word.npos) given_[word.substr(0, equals)] = word.substr(equals + 1);
    }
  }
  std::string text(const char* key, const char* otherwise) const {
    auto found = given_.find(key);
    return found == given_.end() ? otherwise : found->second;
  }
  std::int64_t number(const char* key, std::int64_t otherwise) const {
    auto found = given_.find(key);
    return found == given_.end() ? otherwise : std::atoll(found->second.c_str());
  }

 private:
  std::map<std::string, std::string> given_;
};

// A path with a place for a number, as in "small/f%04d".
std::string numbered(const std::string& path, int number) {
  char out[4096];
  std::snprintf(out, sizeof out, path.c_str(), number);
  return out;
}

// What all sessions did together.
class tally {
 public:
  // Runs one unit of work and counts it; `work` returns the bytes it moved. False when it failed.
  bool count(const std::function<std::int64_t()>& work) {
    double begin = now();
    try {
      auto moved = work();
      std::lock_guard hold(mutex_);
      ++good_;
      bytes_ += moved;
      took_.push_back(now() - begin);
      return true;
    } catch (const failure& why) {
      fail(why.what());
      return false;
    }
  }
  void fail(const std::string& why) {
    std::lock_guard hold(mutex_);
    ++bad_;
    if (first_failure_.empty()) first_failure_ = why;
  }
  std::int64_t failures() {
    std::lock_guard hold(mutex_);
    return bad_;
  }
  // Prints the line, without its end: modes may add to it.
  void print(double seconds, double cpu) {
    std::printf("ok=%ld fail=%ld bytes=%ld secs=%.6f rate=%.2f p50us=%.1f p99us=%.1f client_cpu=%.4f", good_, bad_,
                bytes_, seconds, static_cast<double>(good_) / seconds, percentile(0.5) * 1e6, percentile(0.99) * 1e6,
                cpu);
    std::ranges::replace(first_failure_, ' ', '_');
    if (!first_failure_.empty()) std::printf(" err=%s", first_failure_.c_str());
  }

 private:
  double percentile(double part) {
    if (took_.empty()) return 0;
    auto at = std::min(took_.size() - 1, static_cast<std::size_t>(part * static_cast<double>(took_.size())));
    std::nth_element(took_.begin(), took_.begin() + static_cast<std::ptrdiff_t>(at), took_.end());
    return took_[at];
  }

  std::mutex mutex_;
  std::int64_t good_ = 0, bad_ = 0, bytes_ = 0;
  std::vector<double> took_;
  std::string first_failure_;
};

void wait_for_end_of_input() {
  char byte;
  while (std::cin.get(byte)) {
  }
}

void in_parallel(std::int64_t threads, const std::function<void(int)>& work) {
  std::vector<std::jthread> all;
  for (int i = 0; i < threads; ++i) all.emplace_back(work, i);
}

constexpr std::int64_t hopeless = 20;  // failures after which a session gives up

// `work(session, number)` in each of the sessions, all at once; logins stand outside of the timed part.
void transfers(const target& where, const options& how, const std::function<void(ftp_session&, int)>& work,
               tally& result) {
  auto sessions = how.number("sessions", 1);
  std::barrier ready(sessions + 1), done(sessions + 1);
  std::jthread all([&] {
    in_parallel(sessions, [&](int number) {
      ftp_session session(where);
      try {
        session.login();
        session.expect(200, "TYPE " + how.text("type", "I"));
      } catch (const failure& why) {
        result.fail(why.what());
        session.close();
      }
      ready.arrive_and_wait();
      if (session.open()) work(session, number);
      done.arrive_and_wait();
    });
  });
  ready.arrive_and_wait();
  double begin = now(), cpu = cpu_seconds();
  std::fputs("START\n", stderr);
  done.arrive_and_wait();
  result.print(now() - begin, cpu_seconds() - cpu);
}

void logins(const target& where, const options& how, tally& result) {
  std::atomic<std::int64_t> left = how.number("n", 100);
  double begin = now(), cpu = cpu_seconds();
  in_parallel(how.number("conc", 1), [&](int) {
    while (left-- > 0 && result.failures() < hopeless) {
      result.count([&] {
        ftp_session session(where);
        session.login();
        session.expect(221, "QUIT");
        return 0;
      });
    }
  });
  result.print(now() - begin, cpu_seconds() - cpu);
}

void list(const target& where, const options& how, tally& result) {
  ftp_session session(where);
  double begin = 0, cpu = 0, first_byte = 0;
  result.count([&] {
    session.login();
    session.expect(200, "TYPE A");
    begin = now();
    cpu = cpu_seconds();
    return session.fetch(how.text("command", "LIST") + " " + how.text("path", "."), 0, &first_byte);
  });
  result.print(now() - begin, cpu_seconds() - cpu);
  std::printf(" ttfb=%.5f\n", first_byte);
  std::fflush(stdout);
  wait_for_end_of_input();
}

std::int64_t mebibytes_left() {
  std::ifstream file("/proc/meminfo");
  std::string word;
  while (file >> word) {
    if (word == "MemAvailable:") break;
  }
  std::int64_t kibibytes = 0;
  file >> kibibytes;
  return kibibytes / 1024;
}

void idle(const target& where, const options& how, tally& result) {
  auto wanted = how.number("n", 1000), memory = how.number("memory", 4096);
  std::deque<ftp_session> sessions;
  for (std::int64_t i = 0; i < wanted; ++i) sessions.emplace_back(where);
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> stop = false;
  double begin = now(), cpu = cpu_seconds(), deadline = begin + static_cast<double>(how.number("seconds", 120));
  in_parallel(how.number("conc", 1), [&](int) {
    for (std::size_t i = next++; i < sessions.size() && !stop; i = next++) {
      bool good = result.count([&] {
        sessions[i].login();
        return 0;
      });
      if (!good) sessions[i].close();
      if (now() > deadline || (i % 64 == 0 && mebibytes_left() < memory) || result.failures() > 3) stop = true;
    }
  });
  result.print(now() - begin, cpu_seconds() - cpu);
  std::putchar('\n');
  std::fflush(stdout);
  wait_for_end_of_input();

  std::size_t asked = 0, alive = 0;
  for (std::size_t i = 0; i < sessions.size(); i += std::max<std::size_t>(1, sessions.size() / 50)) {
    if (!sessions[i].open()) continue;
    ++asked;
    try {
      alive += sessions[i].command("NOOP") == 200;
    } catch (const failure&) {  // counted by not being alive
    }
  }
  std::printf("alive=%zu/%zu\n", alive, asked);
}

SSL_CTX* make_tls(const options& how) {
  SSL_CTX* out = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_verify(out, SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_options(out, SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_min_proto_version(out, TLS1_3_VERSION);
  SSL_CTX_set_ciphersuites(out, how.text("suite", "TLS_AES_128_GCM_SHA256").c_str());
  return out;
}

bool run(const target& where, const std::string& mode, const options& how) {
  tally result;
  upload_source source(mode == "stor" ? 64 << 20 : 0);
  auto path = how.text("path", "big"), dir = how.text("dir", "incoming");
  auto size = how.number("size", 0), n = how.number("n", 100);
  auto get = [&](ftp_session& session, const std::string& what) {
    return result.count([&] { return session.fetch("RETR " + what, size); });
  };
  auto put = [&](ftp_session& session, const std::string& what) {
    return result.count([&] {
      session.store(what, size, source);
      return size;
    });
  };
  auto many = [&](const auto& one) {
    for (int i = 0; i < n && result.failures() < hopeless; ++i) one(i);
  };

  if (mode == "retr") {
    transfers(where, how, [&](ftp_session& session, int number) { get(session, numbered(path, number)); }, result);
  } else if (mode == "stor") {
    transfers(where, how, [&](auto& session, int number) { put(session, dir + numbered("/up%d", number)); }, result);
  } else if (mode == "smallget") {
    transfers(where, how, [&](auto& session, int) { many([&](int i) { get(session, numbered(path, i)); }); }, result);
  } else if (mode == "smallput") {
    auto each = [&](ftp_session& session, int number) {
      many([&](int i) { put(session, dir + numbered("/u%d", number) + numbered("_%d", i)); });
    };
    transfers(where, how, each, result);
  } else if (mode == "login") {
    logins(where, how, result);
  } else if (mode == "list") {
    list(where, how, result);
  } else if (mode == "idle") {
    idle(where, how, result);
  } else {
    std::fprintf(stderr, "no mode %s\n", mode.c_str());
    return false;
  }
  std::putchar('\n');
  return result.failures() == 0;
}

}  // namespace
}  // namespace load

int main(int count, char** words) {
  if (count < 6) {
    std::fputs("ftpload HOST PORT USER PASSWORD MODE [key=value...]\n", stderr);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);

  load::options how(count - 6, words + 6);
  load::target where;
  where.host = words[1];
  where.port = static_cast<std::uint16_t>(std::atoi(words[2]));
  bool anonymous = std::string(words[3]) == "-";
  where.user = anonymous ? "anonymous" : words[3];
  where.password = anonymous ? "bench@example.org" : words[4];
  where.timeout = static_cast<int>(how.number("timeout", 120));
  where.pasv = how.number("pasv", 0) != 0;
  if (how.number("tls", 0) != 0) where.tls = load::make_tls(how);
  return load::run(where, words[5], how) ? 0 : 1;
}
