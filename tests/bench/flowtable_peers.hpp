// SPDX-License-Identifier: Apache-2.0
// General hash tables that lead to the same records. None of them has timers or classes: what a
// program would have to add for that is not counted against them.
#pragma once

#include "flowtable/flow.hpp"
#include "flowtable/flow_slab.hpp"
#include "tests/bench/arena.hpp"
#include "tests/bench/flowtable_keys.hpp"
#include "tests/bench/flowtable_ours.hpp"

#include <cstdint>
#include <memory>
#include <span>

namespace bench {

using flowtable::FlowGroup;

// The records of a peer's flows, in its arena; what came back last goes out first.
class Records {
 public:
  Records(Arena& arena, uint32_t count) {
    const size_t groups = (count + FlowGroup::kFlows - 1) / FlowGroup::kFlows;
    size_t room = (groups + 1) * sizeof(FlowGroup);
    void* begin = arena.allocate(room);
    records_ =
        static_cast<Flow*>(std::align(alignof(FlowGroup), groups * sizeof(FlowGroup), begin, room));
  }

  [[nodiscard]] Flow* take(Tick now) {
    Flow* const flow = first_free_ != Flow::kNone ? &records_[first_free_] : make();
    flowtable::FlowDetails& details = flow->details();
    if (first_free_ != Flow::kNone) first_free_ = details.timer_next;
    details.first_seen_ns.set(flowtable::ns_since_epoch(now));
    flow->last_seen_ns.set(flowtable::ns_since_epoch(now));
    flow->packets[0].set(0);
    flow->counted[0].set(0);
    return flow;
  }
  void give_back(Flow& flow) noexcept {
    flow.details().timer_next = first_free_;
    first_free_ = static_cast<uint32_t>(&flow - records_);
  }

 private:
  Flow* make() {
    Flow* const flow = std::construct_at(&records_[next_]);
    std::construct_at(&flow->details());
    next_ = flowtable::FlowSlab::next(next_);
    return flow;
  }

  Flow* records_;
  uint32_t next_ = 0;
  uint32_t first_free_ = Flow::kNone;
};

// What all peers do alike. `Map` finds, inserts and erases; see the files beside this one.
template <typename Map>
class PeerTable {
 public:
  static constexpr std::string_view kName = Map::kName;

  PeerTable(uint32_t flows_max, Pages pages)
      : arena_(size_t{flows_max} * (kRecordBytes + Map::kBytesMax) + kSpare, pages),
        records_(arena_, flows_max),
        map_(arena_, flows_max) {}

  [[nodiscard]] bool insert(const Query& query, Tick now) {
    Flow* const flow = records_.take(now);
    if (map_.insert(query, flow)) return true;
    records_.give_back(*flow);
    return false;
  }
  static void establish(const Query&) noexcept {}
  void find(std::span<const Query> burst, std::span<Flow*> out) const { map_.find(burst, out); }
  // Whoever counts in what a burst found asks for all of it first.
  static void await(std::span<Flow* const> found) noexcept {
    for (Flow* const flow : found) {
      if (flow != nullptr) __builtin_prefetch(flow, 0, 2);
    }
  }
  void take_in(const Query& query, const Query* oldest, Tick now) {
    if (oldest != nullptr) erase(*oldest);
    (void)insert(query, now);
  }
  [[nodiscard]] size_t expire(std::span<const Query> oldest, Tick) {
    size_t erased = 0;
    for (const Query& query : oldest)
      erased += erase(query) ? 1 : 0;
    return erased;
  }
  [[nodiscard]] size_t memory_bytes() const { return map_.memory_bytes(arena_); }

 private:
  // Rounded up from 116.2.
  static constexpr size_t kRecordBytes = sizeof(FlowGroup) / FlowGroup::kFlows + 1;
  // What a table of few flows needs beside.
  static constexpr size_t kSpare = size_t{64} << 20;

  bool erase(const Query& query) {
    Flow* const flow = map_.erase(query);
    if (flow != nullptr) records_.give_back(*flow);
    return flow != nullptr;
  }

  Arena arena_;
  Records records_;
  Map map_;
};

}  // namespace bench
