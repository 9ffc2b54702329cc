// Several observers of one client.
#pragma once

#include <vector>

#include "client/observer.hpp"

namespace ferry::cli {

class watchers : public client::observer {
 public:
  void add(client::observer& each) { all_.push_back(&each); }

  void connecting(unsigned s, const net::endpoint& to) override { tell(&observer::connecting, s, to); }
  void connected(unsigned s, const net::endpoint& local, const net::endpoint& peer) override {
    tell(&observer::connected, s, local, peer);
  }
  void secured(unsigned s, std::string_view how) override { tell(&observer::secured, s, how); }
  void closed(unsigned s, const error* why) override { tell(&observer::closed, s, why); }
  void command(unsigned s, std::string_view line) override { tell(&observer::command, s, line); }
  void reply(unsigned s, const proto::reply& what) override { tell(&observer::reply, s, what); }
  void data_tried(unsigned s, client::rung way) override { tell(&observer::data_tried, s, way); }
  void data_failed(unsigned s, client::rung way, const error& why) override {
    tell(&observer::data_failed, s, way, why);
  }
  void data_opened(unsigned s, const client::data_facts& what) override { tell(&observer::data_opened, s, what); }
  void data_closed(unsigned s, const client::data_facts& what) override { tell(&observer::data_closed, s, what); }
  void file_started(unsigned s, const client::file_facts& what, const transfer::progress& moved) override {
    tell(&observer::file_started, s, what, moved);
  }
  void file_ended(unsigned s, const client::file_facts& what, const error* why) override {
    tell(&observer::file_ended, s, what, why);
  }
  void retrying(unsigned s, const error& why, unsigned next, std::chrono::milliseconds after) override {
    tell(&observer::retrying, s, why, next, after);
  }
  void note(unsigned s, std::string_view sentence) override { tell(&observer::note, s, sentence); }

 private:
  template <class... Parameters, class... Values>
  void tell(void (client::observer::*event)(Parameters...), const Values&... values) {
    for (auto* each : all_) (each->*event)(values...);
  }
  std::vector<client::observer*> all_;
};

}  // namespace ferry::cli
