// SPDX-License-Identifier: Apache-2.0
// Which core follows a packet.
#pragma once

#include "dataplane/fragment_view.hpp"
#include "dataplane/packet_view.hpp"
#include "dataplane/steering.hpp"

#include <array>
#include <cstdint>

namespace dataplane {

// What a network card hashes of a packet to choose its queue (RSS).
enum class RssInput : uint8_t { nothing, addresses, addresses_and_ports };

// How cards that all have one symmetric key and one repeating table choose a core's queue.
struct RssRule {
  std::array<RssInput, 2> tcp{};  // of IPv4, of IPv6
  std::array<RssInput, 2> udp{};
  uint16_t reta_period = 0;  // entry i of the table names queue i % period % cores; a power of two
};

// The one answer that all cores of a run give to "whose is this packet?". Where the cards steer,
// it is the card's own answer, worked out again from the innermost addresses: so a packet that the
// card could not judge (in a tunnel, in fragments, behind tags it does not know) comes to the core
// to which the card brings the rest of its flow, and all others are where they belong already.
// A value; any thread.
class FlowOwners {
 public:
  // One core has everything.
  constexpr FlowOwners() noexcept = default;
  // The cores spread flows by their keyed hash.
  explicit constexpr FlowOwners(uint16_t cores) noexcept : cores_(cores) {}
  // The cards spread them.
  FlowOwners(uint16_t cores, const RssRule& rule) noexcept : cores_(cores), rule_(rule) {}

  [[nodiscard]] uint16_t num_cores() const noexcept { return cores_; }

  [[nodiscard]] uint16_t of_flow(const PacketView& packet) const noexcept {
    if (cores_ == 1) return 0;
    return rule_.reta_period == 0 ? owner_of(packet.hash, cores_) : of_flow_by_card(packet);
  }
  // All fragments of one datagram meet on one core, whatever card and queue they came by.
  [[nodiscard]] uint16_t of_fragment(const FragmentView& fragment) const noexcept {
    return owner_of(fragment.hash, cores_);
  }

 private:
  [[nodiscard]] uint16_t of_flow_by_card(const PacketView& packet) const noexcept;

  uint16_t cores_ = 1;
  RssRule rule_{};
};

// The low 16 bits of the Toeplitz hash under the symmetric key (RssPlan), which are also its high
// ones, for an input whose 16-bit words give `folded` when they are added without carry: all that
// such a key looks at.
[[nodiscard]] uint16_t symmetric_hash16(uint16_t folded) noexcept;

}  // namespace dataplane
