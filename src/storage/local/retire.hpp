// The end of things whose end may block.
#pragma once

#include <utility>

#include "net/loop.hpp"

namespace ferry::storage::local {

// Destroys `held` on a worker, or where it stands when the loop itself ends first.
template <class T>
void retire(net::loop& on, T held) {
  on.spawn([](net::loop& where, T mine) -> net::task<> {
    auto drop = [&mine] { T gone(std::move(mine)); };
    co_await where.offload(drop);
  }(on, std::move(held)));
}

}  // namespace ferry::storage::local
