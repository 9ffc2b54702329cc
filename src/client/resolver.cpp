#include "client/resolver.hpp"

#include <fmt/format.h>
#include <netdb.h>

#include <algorithm>
#include <memory>

#include "client/limits.hpp"
#include "net/event.hpp"

namespace ferry::client {
namespace {

using addresses = result<std::vector<net::address>>;

// Blocks, for as long as the system's resolver likes.
addresses look_up(const std::string& host) {
  addrinfo wanted{.ai_flags = AI_ADDRCONFIG, .ai_socktype = SOCK_STREAM};
  addrinfo* found = nullptr;
  if (int code = ::getaddrinfo(host.c_str(), nullptr, &wanted, &found); code != 0) {
    return fail("resolve.failed", fmt::format("the name {} cannot be resolved: {}", host, ::gai_strerror(code)),
                "see whether the name is spelled rightly and this machine is on the network");
  }
  std::vector<net::address> out;
  for (auto* one = found; one && out.size() < limit::addresses; one = one->ai_next) {
    net::endpoint at;
    if (one->ai_addrlen > at.capacity()) continue;
    std::copy_n(reinterpret_cast<const char*>(one->ai_addr), one->ai_addrlen, reinterpret_cast<char*>(at.data()));
    at.resize(one->ai_addrlen);
    if (std::ranges::find(out, at.address()) == out.end()) out.push_back(at.address());
  }
  ::freeaddrinfo(found);
  if (out.empty()) return fail("resolve.failed", fmt::format("the name {} has no address", host));
  return out;
}

// Outlives whoever asked: the system's resolver cannot be stopped.
struct question {
  explicit question(net::loop& on) : over(on) {}
  net::event over;
  std::optional<addresses> answer;
};

}  // namespace

net::task<addresses> system_resolver::resolve(std::string host, time_point deadline) {
  auto asked = std::make_shared<question>(on_);
  on_.spawn([](net::loop& on, std::shared_ptr<question> what, std::string name) -> net::task<> {
    auto ask = [name] { return look_up(name); };
    auto answer = co_await on.offload(ask);
    if (!what->answer) what->answer = std::move(answer);
    what->over.set();
  }(on_, asked, host));
  net::alarm late(
      on_, deadline,
      [](void* context) {
        auto& what = *static_cast<question*>(context);
        if (!what.answer)
          what.answer =
              fail("resolve.timeout", "the name was not resolved in time", "see whether the name server answers");
        what.over.set();
      },
      asked.get());
  co_await asked->over.wait();
  co_return std::move(*asked->answer);
}

}  // namespace ferry::client
