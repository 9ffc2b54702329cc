#include <algorithm>

#include "net/memory_network.hpp"
#include "net/proxied.hpp"
#include "net/stream_contract.hpp"
#include "net/tcp.hpp"
#include "proto/proxy_header.hpp"

namespace ferry::net {
namespace {

std::function<std::unique_ptr<network>(loop&)> memory(fault_plan faults) {
  return [faults](loop& on) { return std::make_unique<memory_network>(on, faults); };
}

std::unique_ptr<network> tcp(loop& on) { return std::make_unique<tcp_network>(on); }

using pieces = fault_plan::pieces;

// A network whose connections all come through a balancer, which names no other addresses than their own.
class balanced final : public network {
 public:
  balanced(loop& on, std::unique_ptr<network> under)
      : under_(std::move(under)),
        through_(on, *under_, balancers_, [](const auto&, std::string_view why) { ADD_FAILURE() << why; }) {}

  result<std::unique_ptr<listener>> listen(const endpoint& at, listen_options options) override {
    return through_.listen(at, options);
  }
  task<result<std::unique_ptr<stream>>> dial(endpoint to, dial_options options) override {
    auto made = co_await through_.dial(to, options);
    if (!made) co_return made;
    auto said = proto::format_proxy_v2({end_of((*made)->local()), end_of((*made)->peer())});
    co_await write_all(**made, said);
    co_return made;
  }

 private:
  static proto::proxy_end end_of(const endpoint& one) {
    proto::proxy_end out{.v6 = false, .port = one.port()};
    std::ranges::copy(one.address().to_v4().to_bytes(), out.address.begin());
    return out;
  }
  const std::vector<address_range> balancers_{*address_range::parse("0.0.0.0/0")};
  std::unique_ptr<network> under_;
  proxied_network through_;
};

std::unique_ptr<network> balanced_tcp(loop& on) {
  return std::make_unique<balanced>(on, std::make_unique<tcp_network>(on));
}
std::unique_ptr<network> balanced_memory(loop& on) {
  return std::make_unique<balanced>(
      on, std::make_unique<memory_network>(on, fault_plan{.seed = 3, .split = fault_plan::pieces::random}));
}

INSTANTIATE_TEST_SUITE_P(
    tried, network_contract,
    testing::Values(contract_network{"tcp4", tcp, "127.0.0.1"}, contract_network{"tcp6", tcp, "::1"},
                    contract_network{"memory", memory({}), "192.0.2.1"},
                    contract_network{"memory6", memory({}), "2001:db8::1"},
                    contract_network{"memory_in_pieces", memory({.seed = 1, .split = pieces::random}), "192.0.2.1"},
                    contract_network{"memory_byte_by_byte", memory({.split = pieces::bytes}), "192.0.2.1"},
                    contract_network{"memory_with_delay",
                                     memory({.seed = 2, .split = pieces::random, .delay = 2ms, .window = 5000}),
                                     "192.0.2.1"},
                    contract_network{"through_a_balancer", balanced_tcp, "127.0.0.1"},
                    contract_network{"memory_through_a_balancer", balanced_memory, "192.0.2.1"}),
    name_of);

}  // namespace
}  // namespace ferry::net
