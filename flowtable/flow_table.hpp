// SPDX-License-Identifier: Apache-2.0
// All flows of one poll core, in memory that is laid out once.
#pragma once

#include "flowtable/base/tick.hpp"
#include "flowtable/flow.hpp"
#include "flowtable/flow_key.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace flowtable {

// One question of a burst, and its answer.
struct FlowLookup {
  const FlowKey* key = nullptr;
  uint64_t hash = 0;     // hash_flow_key(*key, the run's seed)
  Flow* flow = nullptr;  // answer: null where the table does not know the key
};

class FlowTable {
 public:
  static constexpr size_t kBurstMax = 64;

  struct Options {
    uint32_t flows_max = 1 << 16;  // most flows at one time, at least 16
    // Silence after which a flow of each class expires.
    std::array<TickSpan, static_cast<size_t>(FlowClass::count_)> timeout{};
  };
  explicit FlowTable(const Options& options);

  // Fills `flow` of up to kBurstMax lookups, in rounds that hide the memory's latency.
  void find(std::span<FlowLookup> burst) const noexcept;
  [[nodiscard]] Flow* find(const FlowKey& key, uint64_t hash) const noexcept;

  // The flow that has to go before `hash` can be inserted: null where there is room. Prefers the
  // oldest embryonic flow; established ones only within the two buckets that `hash` may use.
  [[nodiscard]] Flow* must_leave(uint64_t hash) noexcept;
  // Adds a flow that is not there, with every field at its start, class embryonic. Null only where
  // must_leave() was not heeded. The pointer stays valid until erase().
  Flow* insert(const FlowKey& key, uint64_t hash, Tick now) noexcept;
  void erase(Flow& flow) noexcept;
  void set_class(Flow& flow, FlowClass flow_class) noexcept;

  // True where the flow's silence had already outlasted its class at `now`, whether or not expire()
  // has come by: outcomes do not depend on when it runs.
  [[nodiscard]] bool is_expired(const Flow& flow, Tick now) const noexcept;
  // Calls on_expired(Flow&) for flows whose time is over and erases them; visits at most `budget`.
  template <typename OnExpired>
  size_t expire(Tick now, size_t budget, OnExpired&& on_expired);
  // The same for every flow, oldest first by table position; for drain.
  template <typename OnFlow>
  void erase_all(OnFlow&& on_flow);

  [[nodiscard]] uint32_t num_flows() const noexcept;
};

}  // namespace flowtable
