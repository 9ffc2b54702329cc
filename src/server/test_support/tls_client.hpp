// A client under TLS, on the loopback address, that can do what one should not.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

#include "net/tcp.hpp"
#include "net/tls.hpp"
#include "proto/extended_port.hpp"
#include "proto/reply_reader.hpp"
#include "support/loop_runner.hpp"

namespace ferry::server::test_support {

class tls_client : public support::loop_runner {
 public:
  explicit tls_client(std::uint16_t port, net::tls_client_options how = {.verify = false})
      : context_(*net::tls_context::client(how)), control_(dial(port)) {}
  ~tls_client() { control_.reset(); }

  std::unique_ptr<net::stream> dial(std::uint16_t port) {
    net::dial_options how{.deadline = on.now() + std::chrono::seconds(20)};
    auto made = run(through_.dial({net::asio::ip::address_v4::loopback(), port}, how));
    if (!made) throw std::runtime_error(made.error().cause);
    return std::move(*made);
  }

  void begin_tls(const std::string& server = {}) {  // its name goes along (SNI)
    auto made = std::make_unique<net::tls_stream>(std::move(control_), context_, server);
    tls_ = made.get();
    control_ = std::move(made);
    shake(*tls_);
  }
  void end_tls() {
    finish(*control_);
    if (read(*control_).how != net::io_result::state::end) throw std::runtime_error("TLS did not end");
    auto clear = tls_->release();
    std::swap(control_, clear);
    spent_ = std::move(clear);
  }
  std::string shake(net::tls_stream& with) {
    return run([](net::tls_stream& which) -> net::task<std::string> {
      for (;;) {
        auto io = which.try_handshake();
        if (io.what == net::io_result::state::moved) co_return "";
        if (io.what == net::io_result::state::failed) co_return which.handshake_error().cause;
        co_await which.ready(io.wants, time_point::max());
      }
    }(with));
  }

  // "230 Logged in."; "closed" when there is no more.
  std::string ask(const std::string& line) {
    send(*control_, line + "\r\n");
    return hear();
  }
  std::string hear() {
    return run([](tls_client& self) -> net::task<std::string> {
      proto::reply got;
      char piece[4096];
      for (;;) {
        const auto what = self.replies_.next(got);
        if (what == proto::reply_reader::event::reply) co_return std::to_string(got.code) + " " + got.text();
        auto io = self.control_->try_read(piece);
        if (io.what == net::io_result::state::moved) self.replies_.push({piece, io.count});
        if (io.what == net::io_result::state::end || io.what == net::io_result::state::failed) co_return "closed";
        if (io.what == net::io_result::state::would_block) co_await self.control_->ready(io.wants, time_point::max());
      }
    }(*this));
  }

  // All the way to protected data connections.
  void log_in(const std::string& user = "alice") {
    ask("AUTH TLS");
    begin_tls();
    for (const auto& line : {"USER " + user, std::string("PASS secret"), std::string("PBSZ 0"), std::string("PROT P"),
                             std::string("TYPE I")}) {
      auto reply = ask(line);
      if (reply[0] > '3') throw std::runtime_error(fmt::format("{}: {}", line, reply));
    }
  }

  std::unique_ptr<net::stream> passive() {
    auto said = ask("EPSV");
    auto port = proto::parse_229(said.substr(4));
    if (!port) throw std::runtime_error(said);
    return dial(*port);
  }
  std::unique_ptr<net::tls_stream> resuming(std::unique_ptr<net::stream> under) {
    return std::make_unique<net::tls_stream>(std::move(under), *tls_);
  }
  std::unique_ptr<net::tls_stream> afresh(std::unique_ptr<net::stream> under) {
    return std::make_unique<net::tls_stream>(std::move(under), context_);
  }

  struct received {
    std::string bytes;
    net::io_result::state how;
  };
  received read(net::stream& from) {
    return run([](net::stream& which) -> net::task<received> {
      received out;
      char piece[65536];
      for (;;) {
        auto io = which.try_read(piece);
        if (io.what == net::io_result::state::moved) out.bytes.append(piece, io.count);
        if (io.what == net::io_result::state::would_block) co_await which.ready(io.wants, time_point::max());
        out.how = io.what;
        if (io.what == net::io_result::state::end || io.what == net::io_result::state::failed) co_return out;
      }
    }(from));
  }
  void send(net::stream& to, std::string_view bytes) {
    run([](net::stream& which, std::string_view what) -> net::task<> {
      while (!what.empty()) {
        auto io = which.try_write(what);
        if (io.what == net::io_result::state::moved) what.remove_prefix(io.count);
        if (io.what == net::io_result::state::would_block) co_await which.ready(io.wants, time_point::max());
        if (io.what == net::io_result::state::failed) co_return;
      }
    }(to, bytes));
  }
  void finish(net::stream& which) {
    while (which.try_finish().what == net::io_result::state::would_block) settle();
  }

  std::string fetch(const std::string& command) {
    auto under = passive();
    auto opened = ask(command);
    if (!opened.starts_with("150")) return opened;
    auto channel = resuming(std::move(under));
    auto got = read(*channel);
    auto closed = hear();
    return closed.starts_with("226") && got.how == net::io_result::state::end ? got.bytes : closed;
  }
  std::string store(const std::string& command, std::string_view bytes) {
    auto under = passive();
    auto opened = ask(command);
    if (!opened.starts_with("150")) return opened;
    auto channel = resuming(std::move(under));
    send(*channel, bytes);
    finish(*channel);
    channel.reset();
    return hear();
  }

  net::tls_stream& tls() { return *tls_; }
  net::stream& control() { return *control_; }

 private:
  std::shared_ptr<const net::tls_context> context_;
  net::tcp_network through_{on};
  std::unique_ptr<net::stream> control_, spent_;
  net::tls_stream* tls_ = nullptr;
  proto::reply_reader replies_;
};

}  // namespace ferry::server::test_support
