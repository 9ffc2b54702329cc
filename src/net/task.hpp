// The coroutine of everything above net: lazily started, bound to one event loop.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

namespace ferry::net {

namespace asio = boost::asio;

using executor = asio::io_context::executor_type;

template <class T = void>
using task = asio::awaitable<T, executor>;

}  // namespace ferry::net
