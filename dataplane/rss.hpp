// SPDX-License-Identifier: Apache-2.0
// Both directions of a flow on one queue, by the network card.
#pragma once

#include "dataplane/flow_owners.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace dataplane {

// Who brings a packet to the core that owns its flow.
enum class Steering : uint8_t {
  single,    // there is only one core
  hardware,  // the card: queue i holds the flows of core i
  software,  // the cores themselves, through SteeringMesh
};

// What decides it, for one port. Plain numbers, so that the decision can be tested without a card.
struct PortAbility {
  uint16_t rx_queues_max = 1;
  uint64_t rss_types = 0;      // RTE_ETH_RSS_*, as rte_eth_dev_info offers them
  uint8_t hash_key_bytes = 0;  // 0: the driver takes no key, so the hash cannot be made symmetric
  uint16_t reta_entries = 0;   // 0: the table cannot be set
};

// What all ports of a run are told.
struct RssPlan {
  Steering steering = Steering::single;
  uint64_t rss_types = 0;    // to be hashed; the same on every port
  uint16_t reta_period = 0;  // the table repeats after that many entries; a power of two
};

// Hardware only where every port has a queue for every core, hashes the same fields with a key of
// ours, and spreads the hashes by a table of ours, one for all: the two directions of a tapped
// fibre arrive on two ports, and what a card cannot judge the cores bring to where it would have
// gone. Else software.
[[nodiscard]] RssPlan plan_rss(std::span<const PortAbility> ports, uint16_t cores);

// Whose packets are whose under that plan.
[[nodiscard]] FlowOwners owners_of(const RssPlan& plan, uint16_t cores) noexcept;

// The Toeplitz hash with a key that repeats every 16 bits gives the same value when source and
// destination, address and port, change places (Woo and Park, "Scalable TCP session monitoring with
// symmetric receive-side scaling", KAIST 2012).
[[nodiscard]] std::vector<uint8_t> symmetric_key(uint8_t bytes);

// The Toeplitz hash of RSS over `input` (network byte order), by its definition: slow and plain.
// `key` has at least 4 bytes more than `input`.
[[nodiscard]] uint32_t toeplitz_hash(std::span<const uint8_t> key, std::span<const uint8_t> input);

// True where the key gives both directions of IPv4 and IPv6 TCP flows the same hash, which holds
// for all inputs exactly if it holds for the single bits the hash is made of.
[[nodiscard]] bool is_symmetric(std::span<const uint8_t> key);

// The queue of each table entry. Periods and table sizes are powers of two, so equal periods send
// equal hashes to equal queues whatever the size of each port's table.
[[nodiscard]] std::vector<uint16_t> reta_queues(uint16_t entries, uint16_t period, uint16_t queues);

}  // namespace dataplane
