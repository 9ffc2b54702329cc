// A whole session that is told anything: in the clear, under TLS from AUTH on and back by CCC and REIN, with data
// connections to where it says. It answers in replies, and ends when the client does.
#include "server/session.hpp"

#include <unistd.h>

#include <boost/asio/thread_pool.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/limits.hpp"
#include "net/certificate.hpp"
#include "net/memory_network.hpp"
#include "proto/extended_port.hpp"
#include "proto/reply_reader.hpp"
#include "storage/memory/memory_storage.hpp"
#include "storage/memory/memory_tree.hpp"

using namespace ferry;
using namespace std::chrono_literals;
using state = net::io_result::state;

namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

class anybody final : public accounts::directory {
 public:
  std::shared_ptr<const accounts::account> admits(std::string_view, const accounts::certificate&) const override {
    return nullptr;
  }
  bool open_to(std::string_view) const override { return false; }
  net::task<result<std::shared_ptr<const accounts::account>>> login(net::loop&, std::string user, std::string,
                                                                    accounts::caller) override {
    co_return std::make_shared<accounts::account>(
        accounts::account{.name = std::move(user), .root = {}, .allow = accounts::rights::all(), .rules = {}});
  }
};

class deaf final : public server::journal {
 public:
  void note(std::string_view) override {}
  void connected(const server::session_facts&) override {}
  void logged_in(const server::session_facts&) override {}
  void transferred(const server::session_facts&, const server::transfer_facts&) override {}
  void refused(const server::session_facts&, server::refusal, std::string_view, std::string_view) override {}
  void changed(const server::session_facts&, std::string_view, std::string_view) override {}
  void closed(const server::session_facts&, std::string_view) override {}
};

// Made once: keys are slow.
struct secrets {
  secrets() {
    const auto folder = std::filesystem::temp_directory_path() / ("session_fuzz." + std::to_string(::getpid()));
    std::filesystem::create_directory(folder);
    const auto made = net::self_signed({"localhost"}, 30);
    const net::tls_identity files{folder / "certificate.pem", folder / "key.pem"};
    std::ofstream(files.certificate) << made->certificate;
    std::ofstream(files.key) << made->key;
    how.identities = {files};
    source.replace(*net::tls_context::server(how), *net::tls_context::client({.verify = false}));
    std::filesystem::remove_all(folder);
  }
  net::tls_server_options how;
  server::tls_source source;
  std::shared_ptr<const net::tls_context> client = *net::tls_context::client({.verify = false});
};

class dialogue {
 public:
  dialogue(secrets& known, net::fault_plan plan) : through_(on_, std::move(plan)), known_(known) {
    how_.listen = {{.at = service_}};
    how_.tls.options = known.how;
    how_.limit.login_delay = 1ms;
  }
  ~dialogue() { workers_.join(); }

  void run(std::string_view input) {
    on_.spawn(serve());
    on_.spawn(talk(std::string(input)));
    on_.simulate();
    must(on_.context().stopped());  // else a coroutine waits for ever
    must(through_.connections() == 0);
  }

 private:
  net::task<> serve() {
    const net::listen_options how{.control = true};
    auto ear = through_.listen(service_, how);
    std::unique_ptr<net::stream> came;
    while (!came) {
      auto next = (*ear)->try_accept();
      if (next && *next) {
        came = std::move(*next);
      } else {
        co_await (*ear)->ready(time_point::max());
      }
    }
    server::session session(on_, through_, std::move(came), around_, 1, how_.listen.front());
    co_await session.run();
  }

  // NUL: what was sent so far is left to be answered.
  net::task<> talk(std::string input) {
    co_await on_.yield();
    const net::dial_options how{.deadline = on_.now() + 1h};
    auto made = co_await through_.dial(service_, how);
    must(made.has_value());
    control_ = std::move(*made);
    for (std::string_view left = input; control_ && !left.empty();) {
      const auto end = std::min(left.find('\0'), left.size());
      std::string some(left.substr(0, end));
      left.remove_prefix(std::min(end + 1, left.size()));
      co_await say(std::move(some));
      co_await hear();
    }
    data_.reset();
    control_.reset();
    spent_.reset();
  }

  net::task<> say(std::string bytes) {
    for (std::string_view left = bytes; control_ && !left.empty();) {
      auto io = control_->try_write(left);
      if (io.what == state::moved) left.remove_prefix(io.count);
      if (io.what == state::failed) control_.reset();
      if (io.what == state::would_block) {
        const auto ready = co_await control_->ready(io.wants, on_.now() + 1s);
        if (ready == net::wait_status::timed_out) co_return;  // it reads when it has been heard
      }
    }
  }

  net::task<> hear() {
    char piece[4096];
    while (control_) {
      auto io = control_->try_read(piece);
      if (io.what == state::moved) {
        replies_.push({piece, io.count});
        co_await obey();
      } else if (io.what == state::would_block) {
        const auto ready = co_await control_->ready(io.wants, on_.now() + 1s);
        if (ready == net::wait_status::timed_out) co_return;
      } else if (io.what == state::end && tls_ && !spent_) {
        tls_->try_finish();
        auto clear = tls_->release();
        spent_ = std::exchange(control_, std::move(clear));
        tls_ = nullptr;
      } else {
        control_.reset();
      }
    }
  }

  net::task<> obey() {
    for (proto::reply said;;) {
      const auto what = replies_.next(said);
      must(what != proto::reply_reader::event::error);
      if (what == proto::reply_reader::event::none) co_return;
      must(said.code >= 100 && said.code < 600);
      if (said.code == 234 && !tls_) co_await protect();
      if (said.code == 229) co_await open_data(said);
      if (!control_) co_return;
    }
  }

  net::task<> protect() {
    spent_.reset();
    auto made = std::make_unique<net::tls_stream>(std::move(control_), known_.client, "localhost");
    tls_ = made.get();
    control_ = std::move(made);
    for (;;) {
      auto io = tls_->try_handshake();
      if (io.what == state::moved) co_return;
      auto ready = net::wait_status::timed_out;
      if (io.what == state::would_block) ready = co_await control_->ready(io.wants, on_.now() + 1min);
      if (ready != net::wait_status::timed_out) continue;
      control_.reset();
      tls_ = nullptr;
      co_return;
    }
  }

  // Something for an upload; what is sent down is dropped with the connection.
  net::task<> open_data(const proto::reply& said) {
    const auto port = proto::parse_229(said.text());
    must(port.has_value());
    const net::endpoint to(service_.address(), *port);
    const net::dial_options how{.deadline = on_.now() + 1min};
    auto made = co_await through_.dial(to, how);
    if (!made) co_return;
    data_ = std::move(*made);
    data_->try_write(std::string_view("one\r\ntwo"));
    data_->close_write();
  }

  net::asio::thread_pool workers_{1};
  net::loop on_{workers_};
  net::memory_network through_;
  secrets& known_;
  const net::endpoint service_{net::asio::ip::make_address("192.0.2.1"), 21};
  server::settings how_;
  std::shared_ptr<storage::memory_tree> tree_ = storage::make_memory_tree();
  server::open_storage open_ = [this](net::loop&, const accounts::account&) { return storage::open_memory(tree_); };
  anybody accounts_;
  deaf journal_;
  net::turnstile turns_{1, limit::turns_waiting};
  const std::vector<server::virtual_host> hosts_{{.names = {"localhost"}, .accounts = &accounts_, .banner = "here"}};
  server::known_names names_;
  server::surroundings around_{how_, open_, accounts_, journal_, known_.source, turns_, hosts_, names_};
  std::unique_ptr<net::stream> control_, spent_, data_;
  net::tls_stream* tls_ = nullptr;
  proto::reply_reader replies_;
};

}  // namespace

// The first byte chooses how the network splits what it carries.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  static secrets known;
  if (size < 1 || size > 2048) return 0;
  net::fault_plan plan{.seed = bytes[0]};
  if (bytes[0] % 4 == 1) plan.split = net::fault_plan::pieces::random;
  dialogue it(known, plan);
  it.run({reinterpret_cast<const char*>(bytes) + 1, size - 1});
  return 0;
}
