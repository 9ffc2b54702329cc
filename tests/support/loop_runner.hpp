// A loop on which a test runs coroutines to their end.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

#include "net/loop.hpp"

namespace ferry::support {

class loop_runner {
 public:
  ~loop_runner() { workers.join(); }

  // Until `work` has ended, whatever else there is to do.
  template <class T>
  T run(net::task<T> work) {
    std::optional<T> out;
    on.spawn([](net::task<T> from, std::optional<T>& into) -> net::task<> { into.emplace(co_await std::move(from)); }(
                                                               std::move(work), out));
    run_until([&] { return out.has_value(); });
    return std::move(*out);
  }

  void run(net::task<> work) {
    bool ended = false;
    on.spawn([](net::task<> from, bool& end) -> net::task<> {
      co_await std::move(from);
      end = true;
    }(std::move(work), ended));
    run_until([&] { return ended; });
  }

  // Until nothing is left to do on the loop.
  void drain() {
    on.context().restart();
    run_until([&] { return on.context().stopped(); });
  }

  // What can run within a moment.
  void settle() {
    on.context().restart();
    on.context().run_for(std::chrono::milliseconds(20));
  }

  net::asio::thread_pool workers{4};
  net::loop on{workers};

 private:
  static constexpr std::chrono::seconds patience{20};

  template <class F>
  void run_until(F ended) {
    const auto give_up = clock::now() + patience;
    while (!ended()) {
      if (on.context().stopped()) on.context().restart();
      on.context().run_one_until(give_up);
      if (clock::now() > give_up) throw std::runtime_error("a coroutine did not end");
    }
  }
};

}  // namespace ferry::support
