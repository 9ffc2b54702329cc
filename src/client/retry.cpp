#include "client/retry.hpp"

#include <algorithm>
#include <utility>

#include "client/errors.hpp"

namespace ferry::client {

net::task<bool> retry::with_account(const error& why) {
  if (why.id != "remote.account" || std::exchange(account_given_, true)) co_return false;
  co_return co_await session_.give_account();
}

net::task<bool> retry::again(error why) {
  const auto& how = session_.how().retry;
  while (!session_.cancelled() && may_pass(why) && tries_ < how.tries) {
    const auto doublings = std::min(tries_ - 1, 20u);
    const auto wait = std::min(how.first * (1 << doublings), how.longest);
    session_.watch().retrying(session_.number(), why, ++tries_, wait);
    co_await session_.pause(wait);
    if (session_.cancelled()) break;
    auto ok = co_await session_.recover();
    if (ok) co_return true;
    why = std::move(ok.error());
  }
  co_return false;
}

}  // namespace ferry::client
