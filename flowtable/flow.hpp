// SPDX-License-Identifier: Apache-2.0
// One flow as its table keeps it.
#pragma once

#include "flowtable/base/relaxed.hpp"
#include "flowtable/base/tick.hpp"
#include "flowtable/flow_facts.hpp"
#include "flowtable/flow_key.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace flowtable {

struct FlowDetails;
struct FlowNetworks;

// What every packet of a flow touches: one cache line. The rest of the flow lies beside it in the
// same FlowGroup, where details(), networks() and capture() find it; so a Flow that is asked for
// these is one of a FlowSlab. Written by the owner core alone. Relaxed fields may be read by a
// FlowReader at any time; the key changes only while the bucket's sequence number is odd; the plain
// fields belong to the owner core. Whoever updates a flow writes last_seen_ns and what it counts,
// and nothing for the timers: those look at last_seen_ns when a flow's turn comes.
struct alignas(64) Flow {
  static constexpr uint32_t kNone = 0xffffffff;
  static constexpr uint16_t kNoList = 0xffff;

  Relaxed<int64_t> last_seen_ns;
  std::array<Relaxed<uint32_t>, 2> packets;  // by Side
  std::array<uint32_t, 2> next_seq{};        // next expected sequence number, by Side
  std::array<Relaxed<uint64_t>, 2> counted;  // by Side: a FlowCount
  std::array<Relaxed<uint64_t>, 2> hosts;    // of the key, by Side: the lower half of the address
  Relaxed<uint32_t> ports;                   // of the key
  Relaxed<uint16_t> kind;                    // of the key
  Relaxed<uint8_t> standing;                 // a FlowStanding
  Relaxed<uint8_t> state;                    // a TcpState

  // `side` is an index_of(Side).
  [[nodiscard]] uint64_t bytes(size_t side) const noexcept { return count_of(side).bytes(); }
  [[nodiscard]] uint8_t tcp_flags(size_t side) const noexcept { return count_of(side).tcp_flags(); }
  [[nodiscard]] uint8_t probes_left(size_t side) const noexcept {
    return count_of(side).probes_left();
  }
  void set_probes_left(size_t side, uint8_t probes) noexcept {
    counted[side].set(count_of(side).with_probes(probes).word());
  }
  void count(size_t side, uint32_t wire_bytes, uint8_t tcp_flags) noexcept {
    packets[side].add(1);
    counted[side].set(count_of(side).plus(wire_bytes, tcp_flags).word());
  }

  [[nodiscard]] FlowStage stage() const noexcept { return standing_of().stage(); }
  [[nodiscard]] FlowClass flow_class() const noexcept { return standing_of().flow_class(); }
  [[nodiscard]] Side originator() const noexcept { return standing_of().originator(); }
  [[nodiscard]] uint8_t tcp_state() const noexcept { return state.observe(); }
  void set_stage(FlowStage stage) noexcept { standing.set(standing_of().with(stage).word()); }
  // For others there is FlowTable::set_class().
  void set_class(FlowClass to) noexcept { standing.set(standing_of().with(to).word()); }
  void set_originator(Side side) noexcept { standing.set(standing_of().with(side).word()); }
  void set_tcp_state(uint8_t next) noexcept { state.set(next); }

  [[nodiscard]] FlowKey load_key() const noexcept;
  [[nodiscard]] inline bool has_key(const FlowKey& key) const noexcept;
  [[nodiscard]] uint8_t protocol() const noexcept { return static_cast<uint8_t>(kind.get()); }
  [[nodiscard]] bool is_next_incarnation() const noexcept {
    return (kind.get() & FlowKey::kNextIncarnation) != 0;
  }
  // Both inside a BucketChange. start() gives every field the value that a new flow has.
  void publish_key(const FlowKey& key) noexcept;
  void start(const FlowKey& key, Tick now) noexcept;

  [[nodiscard]] inline FlowDetails& details() noexcept;
  [[nodiscard]] inline const FlowDetails& details() const noexcept;
  // Where the key has none they are whatever they were.
  [[nodiscard]] inline FlowNetworks& networks() noexcept;
  [[nodiscard]] inline const FlowNetworks& networks() const noexcept;
  // CapturePool slot; while probing, place of its opening; else kNone.
  [[nodiscard]] inline uint32_t& capture() noexcept;
  [[nodiscard]] inline const uint32_t& capture() const noexcept;

  // Observed, for readers; the same as get() on x86-64.
  [[nodiscard]] FlowCount count_of(size_t side) const noexcept {
    return FlowCount(counted[side].observe());
  }
  [[nodiscard]] FlowStanding standing_of() const noexcept {
    return FlowStanding(standing.observe());
  }
};
static_assert(sizeof(Flow) == 64);

}  // namespace flowtable

#include "flowtable/flow_group.hpp"  // its inline functions
