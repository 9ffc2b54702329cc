#include "net/memory_network.hpp"
#include "net/stream_contract.hpp"
#include "net/tcp.hpp"

namespace ferry::net {
namespace {

std::function<std::unique_ptr<network>(loop&)> memory(fault_plan faults) {
  return [faults](loop& on) { return std::make_unique<memory_network>(on, faults); };
}

std::unique_ptr<network> tcp(loop& on) { return std::make_unique<tcp_network>(on); }

using pieces = fault_plan::pieces;

INSTANTIATE_TEST_SUITE_P(
    tried, network_contract,
    testing::Values(contract_network{"tcp4", tcp, "127.0.0.1"}, contract_network{"tcp6", tcp, "::1"},
                    contract_network{"memory", memory({}), "192.0.2.1"},
                    contract_network{"memory6", memory({}), "2001:db8::1"},
                    contract_network{"memory_in_pieces", memory({.seed = 1, .split = pieces::random}), "192.0.2.1"},
                    contract_network{"memory_byte_by_byte", memory({.split = pieces::bytes}), "192.0.2.1"},
                    contract_network{"memory_with_delay",
                                     memory({.seed = 2, .split = pieces::random, .delay = 2ms, .window = 5000}),
                                     "192.0.2.1"}),
    name_of);

}  // namespace
}  // namespace ferry::net
