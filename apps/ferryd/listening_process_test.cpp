#include "ferryd/listening_process.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.hpp"

namespace ferry::ferryd {
namespace {

TEST(listening_process, is_found_by_its_port) {
  std::uint16_t port = 0;
  {
    const fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    socklen_t size = sizeof at;
    ASSERT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&at), &size), 0);
    port = ntohs(at.sin_port);
    EXPECT_FALSE(process_that_listens(port));  // not yet
    ASSERT_EQ(::listen(listener.get(), 1), 0);
    EXPECT_EQ(process_that_listens(port), ::getpid());
  }
  EXPECT_FALSE(process_that_listens(port));
}

TEST(listening_process, descriptors) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit fewer{before.rlim_cur / 2, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &fewer), 0);
  EXPECT_EQ(descriptors_of(::getpid()), fewer.rlim_cur);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_FALSE(descriptors_of(0x3fffffff));
}

}  // namespace
}  // namespace ferry::ferryd
