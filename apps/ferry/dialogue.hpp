// -v: what the two ends say to each other, line by line.
#pragma once

#include "client/observer.hpp"
#include "ferry/console.hpp"

namespace ferry::cli {

class dialogue : public client::observer {
 public:
  explicit dialogue(console& out) : out_(out) {}

  void connecting(unsigned session, const net::endpoint& to) override;
  void connected(unsigned session, const net::endpoint& local, const net::endpoint& peer) override;
  void secured(unsigned session, std::string_view how) override;
  void closed(unsigned session, const error* why) override;
  void command(unsigned session, std::string_view line) override;
  void reply(unsigned session, const proto::reply& what) override;
  void data_failed(unsigned session, client::rung way, const error& why) override;
  void data_opened(unsigned session, const client::data_facts& what) override;
  void data_closed(unsigned session, const client::data_facts& what) override;

 private:
  void say(unsigned session, char mark, std::string_view text, tone how);
  console& out_;
};

}  // namespace ferry::cli
