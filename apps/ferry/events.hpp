// --json: what happens, as events. docs/client.md describes each.
#pragma once

#include "client/observer.hpp"
#include "ferry/console.hpp"

namespace ferry::cli {

class events : public client::observer {
 public:
  events(console& out, bool dialogue) : out_(out), dialogue_(dialogue) {}

  void command(unsigned session, std::string_view line) override;
  void reply(unsigned session, const proto::reply& what) override;
  void file_started(unsigned session, const client::file_facts& what, const transfer::progress& moved) override;
  void file_ended(unsigned session, const client::file_facts& what, const error* why) override;
  void retrying(unsigned session, const error& why, unsigned next, std::chrono::milliseconds after) override;
  void note(unsigned session, std::string_view sentence) override;

 private:
  console& out_;
  const bool dialogue_;
};

}  // namespace ferry::cli
