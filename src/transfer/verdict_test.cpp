#include "transfer/verdict.hpp"

#include <gtest/gtest.h>

namespace ferry::transfer {
namespace {

struct row {
  std::string_view id;
  int code;
};

// Every error that net, storage and this layer have.
constexpr row all[] = {
    {"data.passive.ports", 425},    {"data.passive.timeout", 425},
    {"data.passive.stranger", 425}, {"data.passive.failed", 425},
    {"data.active.refused", 425},   {"data.active.timeout", 425},
    {"data.active.failed", 425},    {"data.reset", 426},
    {"data.stalled", 426},          {"data.aborted", 426},
    {"listen.in_use", 425},         {"listen.denied", 425},
    {"listen.address", 425},        {"listen.failed", 425},
    {"storage.busy", 450},          {"storage.changed", 451},
    {"storage.failed", 451},        {"storage.full", 452},
    {"storage.denied", 550},        {"storage.escape", 550},
    {"storage.exists", 550},        {"storage.is_directory", 550},
    {"storage.not_directory", 550}, {"storage.not_empty", 550},
    {"storage.not_found", 550},     {"storage.read_only", 550},
    {"storage.unsupported", 550},   {"storage.quota", 552},
    {"storage.name", 553},          {"storage.offset", 554},
    {"anything.else", 451},         {"database.down", 451},  // no `data.`
};

TEST(verdict, every_error_has_its_code) {
  for (const auto& each : all) {
    EXPECT_EQ(refusal({.id = each.id, .cause = "x"}).code, each.code) << each.id;
    EXPECT_EQ(verdict(fail(each.id, "x"), "fine").code, each.code) << each.id;
  }
}

TEST(verdict, success_is_226_in_the_callers_words) {
  EXPECT_EQ(verdict({}, "Stored x."), proto::reply(226, "Stored x."));
}

TEST(verdict, an_error_is_a_sentence_with_its_advice) {
  EXPECT_EQ(refusal({.id = "storage.full", .cause = "no space is left"}).text(), "No space is left.");
  EXPECT_EQ(refusal({.id = "storage.full", .cause = "no space is left", .advice = "make room"}).text(),
            "No space is left; make room.");
  EXPECT_EQ(refusal({.id = "storage.full", .cause = "Größe"}).text(), "Größe.");
  EXPECT_EQ(refusal({.id = "storage.full", .cause = "ärger"}).text(), "ärger.");
}

}  // namespace
}  // namespace ferry::transfer
