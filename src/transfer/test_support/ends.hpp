// What tests of the data plane put at the two ends of a pump: files with planned faults, and a peer on either network.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/limits.hpp"
#include "net/memory_network.hpp"
#include "net/tcp.hpp"
#include "storage/storage.hpp"
#include "support/loop_runner.hpp"

namespace ferry::transfer {

inline std::string pattern(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 7 + i / 251);
  return out;
}

// An unnamed file of the kernel's.
class kernel_file {
 public:
  explicit kernel_file(std::string_view content = {}) : fd_(::memfd_create("file", MFD_CLOEXEC)) {
    EXPECT_EQ(::write(fd_, content.data(), content.size()), static_cast<ssize_t>(content.size()));
    ::lseek(fd_, 0, SEEK_SET);
  }
  ~kernel_file() { ::close(fd_); }
  kernel_file(const kernel_file&) = delete;
  kernel_file& operator=(const kernel_file&) = delete;

  int get() const { return fd_; }
  void cut(std::size_t size) const { EXPECT_EQ(::ftruncate(fd_, static_cast<off_t>(size)), 0); }
  std::string content() const {
    std::string out(static_cast<std::size_t>(::lseek(fd_, 0, SEEK_END)), '\0');
    EXPECT_EQ(::pread(fd_, out.data(), out.size(), 0), static_cast<ssize_t>(out.size()));
    return out;
  }

 private:
  int fd_;
};

// A file to send. With a descriptor the pump may use sendfile.
class test_source : public storage::source {
 public:
  explicit test_source(std::string content) : content_(std::move(content)) { about_.size = content_.size(); }

  void give_descriptor(bool at_hand) {
    file_ = std::make_unique<kernel_file>(content_);
    at_hand_ = at_hand;
  }
  void cut(std::size_t size) {
    content_.resize(size);
    if (file_) file_->cut(size);
  }

  std::size_t at_a_time = std::string::npos;            // bytes that one read gives
  std::function<std::optional<error>(int read)> fault;  // of the reads, counted from 1

  const storage::info& about() const override { return about_; }
  net::task<result<std::size_t>> read(std::uint64_t offset, std::span<char> into) override {
    if (fault) {
      if (auto told = fault(++reads_)) co_return std::unexpected(*told);
    }
    if (offset >= content_.size()) co_return 0;
    auto count = std::min({into.size(), at_a_time, content_.size() - static_cast<std::size_t>(offset)});
    content_.copy(into.data(), count, static_cast<std::size_t>(offset));
    co_return count;
  }
  int descriptor() const noexcept override { return file_ ? file_->get() : -1; }
  bool at_hand(std::uint64_t, std::size_t) noexcept override { return at_hand_; }

 private:
  std::string content_;
  storage::info about_;
  std::unique_ptr<kernel_file> file_;
  bool at_hand_ = false;
  int reads_ = 0;
};

// A file that is received. With a descriptor the pump may splice.
class test_sink : public storage::sink {
 public:
  void give_descriptor() { file_ = std::make_unique<kernel_file>(); }
  std::string content() const { return file_ ? file_->content() : content_; }
  const kernel_file& file() const { return *file_; }

  std::function<std::optional<error>(int write)> fault;  // of the writes, counted from 1
  bool holds_back = false;                               // as one that collects small writes
  int writes = 0;

  net::task<result<void>> write(std::span<const char> from) override {
    ++writes;
    if (fault) {
      if (auto told = fault(writes)) co_return std::unexpected(*told);
    }
    if (file_) {
      EXPECT_EQ(::write(file_->get(), from.data(), from.size()), static_cast<ssize_t>(from.size()));
    } else {
      content_.append(from.begin(), from.end());
    }
    co_return result<void>{};
  }
  net::task<result<void>> commit() override {
    ADD_FAILURE() << "a pump does not commit";
    co_return result<void>{};
  }
  int descriptor() const noexcept override { return file_ && !holds_back ? file_->get() : -1; }

 private:
  std::string content_;
  std::unique_ptr<kernel_file> file_;
};

// A channel and its peer.
struct two_ends {
  std::unique_ptr<net::stream> channel, peer;
};

inline two_ends connect(support::loop_runner& in, net::network& through) {
  const auto home = net::asio::ip::address_v4::loopback();
  two_ends out;
  auto ear = through.listen({home, 0}, {});
  EXPECT_TRUE(ear);
  auto made = in.run(through.dial((*ear)->local(), {.deadline = time_point::max()}));
  EXPECT_TRUE(made);
  out.peer = std::move(*made);
  while (!out.channel) {
    in.run((*ear)->ready(time_point::max()));
    out.channel = std::move(*(*ear)->try_accept());
  }
  return out;
}

// How a peer saw its connection end, and what it got until then.
struct peer_view {
  std::string bytes;
  net::io_result::state how = net::io_result::state::moved;
};

inline net::task<> read_all(net::stream& from, peer_view& into) {
  std::string piece(100'000, '\0');
  while (into.how == net::io_result::state::moved) {
    auto io = from.try_read(piece);
    if (io.what == net::io_result::state::moved) {
      into.bytes.append(piece, 0, io.count);
    } else if (io.what == net::io_result::state::would_block) {
      co_await from.ready(io.wants, time_point::max());
    } else {
      into.how = io.what;
    }
  }
}

inline net::task<> write_all(net::stream& to, std::string_view bytes) {
  while (!bytes.empty()) {
    auto io = to.try_write(bytes);
    if (io.what == net::io_result::state::moved) {
      bytes.remove_prefix(io.count);
    } else if (io.what == net::io_result::state::would_block) {
      co_await to.ready(io.wants, time_point::max());
    } else {
      co_return;
    }
  }
}

template <class T>
std::string_view id_of(const result<T>& of) {
  return of ? "" : of.error().id;
}

}  // namespace ferry::transfer
