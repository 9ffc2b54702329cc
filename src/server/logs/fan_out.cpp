#include "server/logs/logs.hpp"

namespace ferry::server {
namespace {

class fan : public journal {
 public:
  explicit fan(std::vector<std::unique_ptr<journal>> to) : to_(std::move(to)) {}

  void note(std::string_view text) override {
    for (auto& each : to_) each->note(text);
  }
  void connected(const session_facts& who) override {
    for (auto& each : to_) each->connected(who);
  }
  void logged_in(const session_facts& who) override {
    for (auto& each : to_) each->logged_in(who);
  }
  void transferred(const session_facts& who, const transfer_facts& what) override {
    for (auto& each : to_) each->transferred(who, what);
  }
  void refused(const session_facts& who, refusal kind, std::string_view what, std::string_view reply) override {
    for (auto& each : to_) each->refused(who, kind, what, reply);
  }
  void changed(const session_facts& who, std::string_view verb, std::string_view path) override {
    for (auto& each : to_) each->changed(who, verb, path);
  }
  void closed(const session_facts& who, std::string_view why) override {
    for (auto& each : to_) each->closed(who, why);
  }

 private:
  const std::vector<std::unique_ptr<journal>> to_;
};

}  // namespace

std::unique_ptr<journal> fan_out(std::vector<std::unique_ptr<journal>> to) {
  return std::make_unique<fan>(std::move(to));
}

}  // namespace ferry::server
