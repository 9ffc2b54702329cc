// One dialogue, again and again: each time another operation of the network, or of the storage, fails.
#include <gtest/gtest.h>

#include "sim/visitor.hpp"

namespace ferry::sim {
namespace {

using pieces = net::fault_plan::pieces;

const std::string first(3000, '1'), second(200'000, '2'), more(500, '3'), lines = "one\ntwo\n\nfour";

net::task<> dialogue(visitor& who, unsigned& finished) {
  const bool inside = co_await who.arrive();
  if (!inside) co_return;
  co_await who.ask("SYST");
  co_await who.ask("MKD /inplace");
  co_await who.upload("STOR", "/text", lines, way::pasv, turn::whole);
  co_await who.download("/text", 0, way::epsv, turn::whole);
  co_await who.text(false);
  co_await who.upload("STOR", "/a", first, way::epsv, turn::whole);
  co_await who.upload("STOR", "/a", second, way::port, turn::whole);
  co_await who.download("/a", 0, way::eprt, turn::whole);
  co_await who.download("/a", 150'000, way::pasv, turn::whole);
  co_await who.upload("APPE", "/inplace/log", more, way::pasv, turn::whole);
  co_await who.upload("APPE", "/inplace/log", more, way::pasv, turn::whole);
  co_await who.upload_from(100, "/inplace/log", more, way::pasv);
  co_await who.list("LIST", "", way::pasv);
  co_await who.list("MLSD", "", way::port);
  co_await who.size("/a");
  co_await who.rename("/a", "/b");
  co_await who.download("/b", 0, way::pasv, turn::abort);
  co_await who.upload("STOR", "/b", first, way::pasv, turn::abort);
  co_await who.remove("/b");
  co_await who.leave();
  ++finished;
}

// What the dialogue took, and whether it came to its end.
struct outcome {
  std::uint64_t network = 0, storage = 0;
  unsigned finished = 0;
};

outcome play(world_plan plan) {
  outcome out;
  world here(std::move(plan));
  visitor who(here, 1);
  here.plan_visit(dialogue(who, out.finished));
  here.run();
  out.network = here.through.operations();
  out.storage = here.storage_operations();
  return out;
}

struct condition {
  const char* name;
  net::fault_plan faults;
};
void PrintTo(const condition& tried, std::ostream* out) { *out << tried.name; }

class every_step : public testing::TestWithParam<condition> {};

INSTANTIATE_TEST_SUITE_P(fails, every_step,
                         testing::Values(condition{"undisturbed", {}}, condition{"slow", {.delay = 3s}},
                                         condition{"slow_in_pieces",
                                                   {.seed = 1, .split = pieces::random, .delay = 3s}}),
                         testing::PrintToStringParamName());

TEST_P(every_step, of_the_network) {
  auto faults = GetParam().faults;
  const auto untouched = play({.network = faults});
  ASSERT_EQ(untouched.finished, 1u);
  for (faults.fail_at = 1; faults.fail_at <= untouched.network; ++faults.fail_at) {
    SCOPED_TRACE(faults.fail_at);
    play({.network = faults});
    if (HasFailure()) return;
  }
  EXPECT_EQ(play({.network = faults}).finished, 1u);
}

TEST_P(every_step, of_the_storage) {
  const auto untouched = play({.network = GetParam().faults});
  for (std::uint64_t at = 1; at <= untouched.storage; ++at) {
    SCOPED_TRACE(at);
    // The client is told, and goes on.
    EXPECT_EQ(play({.network = GetParam().faults, .storage_fails_at = at}).finished, 1u);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace ferry::sim
