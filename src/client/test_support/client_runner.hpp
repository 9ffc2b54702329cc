// A client over a network in memory, where time leaps over every wait, and what it tells its observer.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "client/get.hpp"
#include "client/put.hpp"
#include "client/session.hpp"
#include "client/test_support/fake_server.hpp"
#include "net/memory_network.hpp"
#include "storage/memory/memory_storage.hpp"

namespace ferry::client::test_support {

class recorder : public observer {
 public:
  std::vector<std::string> told;

  void closed(unsigned, const error* why) override {
    told.push_back(why ? "closed " + std::string(why->id) : "closed");
  }
  void command(unsigned, std::string_view line) override { told.push_back("> " + std::string(line)); }
  void reply(unsigned, const proto::reply& what) override { told.push_back("< " + std::to_string(what.code)); }
  void note(unsigned, std::string_view text) override { told.push_back("note " + std::string(text)); }
  void data_failed(unsigned, rung way, const error& why) override {
    told.push_back("failed " + std::string(name_of(way)) + " " + std::string(why.id));
  }
  void data_opened(unsigned, const data_facts& what) override {
    told.push_back("data " + std::string(name_of(what.way)));
  }
  void retrying(unsigned, const error& why, unsigned next, std::chrono::milliseconds) override {
    told.push_back("try " + std::to_string(next) + " " + std::string(why.id));
  }

  bool holds(std::string_view text) const {
    for (const auto& one : told) {
      if (one.contains(text)) return true;
    }
    return false;
  }
};

class no_names : public resolver {
 public:
  net::task<result<std::vector<net::address>>> resolve(std::string host, time_point) override {
    co_return fail("resolve.failed", host);
  }
};

struct client_runner {
  explicit client_runner(net::fault_plan faults = {}, std::string address = "10.0.0.1")
      : network(on, faults), where{.host = address}, server(on, network, {net::asio::ip::make_address(address), 21}) {}
  ~client_runner() { workers.join(); }

  template <class T>
  T run(net::task<T> work) {
    std::optional<T> out;
    on.spawn([](net::task<T> from, std::optional<T>& into) -> net::task<> { into.emplace(co_await std::move(from)); }(
                                                               std::move(work), out));
    on.context().restart();
    on.simulate();
    if (!out) throw std::runtime_error("it waits for ever");
    return std::move(*out);
  }

  // A session, open.
  std::unique_ptr<session> make(settings how = {}) {
    return std::make_unique<session>(surroundings{on, network, names, watch, known}, where, how);
  }
  result<file_facts> get(const std::string& remote, settings how = {}, get_options options = {}) {
    auto s = make(how);
    return run(client::get(*s, remote, *disk, storage::path{}.child("got"), options));
  }
  result<file_facts> put(const std::string& content, const std::string& remote, settings how = {},
                         put_options options = {}) {
    write("sent", content);
    auto s = make(how);
    return run(client::put(*s, *disk, storage::path{}.child("sent"), remote, options));
  }

  void write(const std::string& name, const std::string& content);
  std::optional<std::string> read(const std::string& name);
  std::vector<std::string> names_here();

  net::asio::thread_pool workers{1};
  net::loop on{workers};
  net::memory_network network;
  no_names names;
  recorder watch;
  routes known;
  site where;
  fake_server server;
  std::unique_ptr<storage::storage> disk = storage::open_memory(storage::make_memory_tree());
};

}  // namespace ferry::client::test_support
