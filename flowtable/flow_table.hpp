// SPDX-License-Identifier: Apache-2.0
// All flows of one poll core, in memory that is laid out once.
#pragma once

#include "flowtable/base/relaxed.hpp"
#include "flowtable/base/tick.hpp"
#include "flowtable/flow.hpp"
#include "flowtable/flow_index.hpp"
#include "flowtable/flow_key.hpp"
#include "flowtable/flow_queue.hpp"
#include "flowtable/flow_slab.hpp"
#include "flowtable/flow_timeouts.hpp"
#include "flowtable/timer_wheel.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace flowtable {

// What has to happen before one more flow can be inserted.
struct Room {
  Flow* evict = nullptr;  // erase() this one first; null: nobody has to go
  bool refused = false;   // there is no room and nobody may go: do not insert
};

// The owner core calls everything except num_flows(); other threads look through a FlowReader. The
// constructor allocates (and may throw std::bad_alloc), nothing else does.
class FlowTable {
 public:
  static constexpr size_t kBurstMax = FlowIndex::kBurstMax;

  struct Options {
    uint32_t flows_max = 1 << 16;  // most flows at one time, at least 16
    // Silence after which a flow of each class expires.
    ClassTimeouts timeout{};
    // Write every record at the start, so that a live core meets no page fault later. A program
    // that reads one small file is sooner done without.
    bool touch_memory = true;
  };
  explicit FlowTable(const Options& options);
  FlowTable(const FlowTable&) = delete;
  FlowTable& operator=(const FlowTable&) = delete;

  // Fills `flow` of each lookup, in rounds of kBurstMax that hide the memory's latency.
  void find(std::span<FlowLookup> burst) const noexcept { index_.find(burst); }
  [[nodiscard]] Flow* find(const FlowKey& key, uint64_t hash) const noexcept {
    return index_.find(key, hash);
  }

  // A flow that was heard of within this time never makes place for another.
  static constexpr TickSpan kSilenceMin = std::chrono::seconds(1);

  // So many newcomers may come now: asks the memory for the flows that will have to make place for
  // them, and for where these are listed. Changes nothing.
  void prefetch_leavers(size_t newcomers) const noexcept;
  // One of them, which find() has not found.
  [[gnu::always_inline]] void prefetch_place(uint64_t hash) const noexcept {
    index_.prefetch_slot(hash);
  }

  // Who has to go before `hash` can be inserted. Where all records are taken that is the oldest
  // embryonic flow, else the oldest closing one, else of the others the one whose time is over
  // first, if it has been silent for kSilenceMin; else nobody, and the new flow is refused. Only
  // where the two buckets of `hash` are full and no flow of them can move, one of these goes, the
  // least of them.
  [[nodiscard]] Room must_leave(uint64_t hash, Tick now) noexcept;
  // Adds a flow that is not there, with every field at its start, class embryonic. Null only where
  // must_leave() was not heeded. The pointer stays valid until erase().
  Flow* insert(const FlowKey& key, uint64_t hash, Tick now) noexcept;
  void erase(Flow& flow) noexcept;
  // Gives a flow another key, which no flow has; everything else of it stays. False, and nothing
  // done, where its buckets are full of flows that cannot move (see must_leave).
  [[nodiscard]] bool rename(Flow& flow, const FlowKey& key, uint64_t hash) noexcept;
  // The only way to change a flow's class: it also moves the flow to the timers of that class.
  void set_class(Flow& flow, FlowClass flow_class) noexcept;

  // True where the flow's silence had already outlasted its class at `now`, whether or not expire()
  // has come by: outcomes do not depend on when it runs. Also true where `now` lies before the
  // flow's last packet by more than that (the clock of a file was set back).
  [[nodiscard]] bool is_expired(const Flow& flow, Tick now) const noexcept {
    return timeouts_.is_over(flow, ns_since_epoch(now));
  }
  // Calls on_expired(Flow&) for flows whose time is over and erases them; visits at most `budget`,
  // and returns how many it erased. on_expired must not insert, erase or set_class.
  template <typename OnExpired>
  size_t expire(Tick now, size_t budget, OnExpired&& on_expired);
  // The same for every flow, in the order of their records; for drain.
  template <typename OnFlow>
  void erase_all(OnFlow&& on_flow);

  // Of a flow that is not in the table: whether the silence of its class lies between these two.
  [[nodiscard]] bool is_over(FlowClass flow_class, Tick last_seen, Tick now) const noexcept {
    return timeouts_.is_over(flow_class, ns_since_epoch(last_seen), ns_since_epoch(now));
  }

  [[nodiscard]] uint32_t flows_max() const noexcept { return static_cast<uint32_t>(slab_.size()); }
  [[nodiscard]] uint32_t num_embryonic() const noexcept { return embryonic_.size(); }
  // Any thread; a moment old for others than the owner.
  [[nodiscard]] uint32_t num_flows() const noexcept { return num_flows_.get(); }
  // All memory the table will ever hold.
  [[nodiscard]] size_t memory_bytes() const noexcept {
    return sizeof(*this) + slab_.memory_bytes() + index_.memory_bytes();
  }

 private:
  friend class FlowReader;

  void queue(uint32_t index) noexcept;
  void unqueue(uint32_t index) noexcept;

  const FlowTimeouts timeouts_;
  FlowSlab slab_;
  FlowIndex index_;
  FlowQueue embryonic_;
  FlowQueue closing_;
  TimerWheel wheel_;  // handshaking and established flows
  Relaxed<uint32_t> num_flows_;
};

template <typename OnExpired>
size_t FlowTable::expire(Tick now, size_t budget, OnExpired&& on_expired) {
  size_t erased = 0;
  const auto let_go = [&](Flow& flow) {
    on_expired(flow);
    erase(flow);
    ++erased;
  };
  // No class can use up the budget of another for good; who has work left gets what remains.
  size_t left = budget;
  left -= wheel_.expire(now, left / 2, let_go);
  left -= closing_.expire(now, left / 2, let_go);
  left -= embryonic_.expire(now, left, let_go);
  left -= closing_.expire(now, left, let_go);
  wheel_.expire(now, left, let_go);
  return erased;
}

template <typename OnFlow>
void FlowTable::erase_all(OnFlow&& on_flow) {
  // Records follow each other, their buckets lie anywhere.
  constexpr uint32_t kAhead = 16;
  uint32_t ahead = 0;
  for (uint32_t i = 0; i < kAhead && ahead < slab_.end_of_used(); ++i)
    ahead = FlowSlab::next(ahead);
  for (uint32_t index = 0; index < slab_.end_of_used(); index = FlowSlab::next(index)) {
    if (ahead < slab_.end_of_used()) {
      const Flow& later = slab_.records()[ahead];
      if (later.details().bucket != Flow::kNone) index_.prefetch_listing(later);
      ahead = FlowSlab::next(ahead);
    }
    Flow& flow = slab_.records()[index];
    if (flow.details().bucket == Flow::kNone) continue;
    on_flow(flow);
    erase(flow);
  }
}

}  // namespace flowtable
