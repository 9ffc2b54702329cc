// Addresses of the network, and their form in words.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <string>

namespace ferry::net {

namespace asio = boost::asio;

using address = asio::ip::address;
using endpoint = asio::ip::tcp::endpoint;

std::string show(const endpoint& at);  // "192.0.2.1:21", "[::]:21"

}  // namespace ferry::net
