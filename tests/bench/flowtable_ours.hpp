// SPDX-License-Identifier: Apache-2.0
// The flow table, as the packet path uses it.
#pragma once

#include "flowtable/flow_table.hpp"
#include "tests/bench/arena.hpp"
#include "tests/bench/flowtable_keys.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

namespace bench {

using flowtable::Flow;
using flowtable::Tick;
using flowtable::TickSpan;

inline constexpr size_t kBurst = flowtable::FlowTable::kBurstMax;
inline constexpr TickSpan kTimeout = std::chrono::seconds(60);

class OurTable {
 public:
  static constexpr std::string_view kName = "tapseal";

  // It asks for huge pages itself.
  OurTable(uint32_t flows_max, Pages) : table_(options(flows_max)) {}

  [[nodiscard]] bool insert(const Query& query, Tick now) {
    return table_.insert(query.key, query.hash, now) != nullptr;
  }
  // The packets after the first.
  void establish(const Query& query) {
    table_.set_class(*table_.find(query.key, query.hash), flowtable::FlowClass::established);
  }
  void find(std::span<const Query> burst, std::span<Flow*> out) const {
    std::array<flowtable::FlowLookup, kBurst> lookups;
    for (size_t i = 0; i < burst.size(); ++i)
      lookups[i] = {&burst[i].key, burst[i].hash, nullptr};
    table_.find(std::span(lookups).first(burst.size()));
    for (size_t i = 0; i < burst.size(); ++i)
      out[i] = lookups[i].flow;
  }
  // It has asked for the records' lines while it searched.
  static void await(std::span<Flow* const>) noexcept {}

  // So many newcomers are about to come, as the packet path says it before it looks a burst up.
  void expect(size_t newcomers) const { table_.prefetch_leavers(newcomers); }
  void expect(const Query& newcomer) const { table_.prefetch_place(newcomer.hash); }
  // A newcomer; who has to leave for it the table knows itself.
  void take_in(const Query& query, const Query*, Tick now) {
    const flowtable::Room room = table_.must_leave(query.hash, now);
    if (room.evict != nullptr) table_.erase(*room.evict);
    if (!room.refused) (void)table_.insert(query.key, query.hash, now);
  }
  // As many as these, whose time is over.
  [[nodiscard]] size_t expire(std::span<const Query> oldest, Tick now) {
    return table_.expire(now, oldest.size(), [](const Flow&) {});
  }
  [[nodiscard]] size_t memory_bytes() const noexcept { return table_.memory_bytes(); }

 private:
  static flowtable::FlowTable::Options options(uint32_t flows_max) {
    flowtable::FlowTable::Options out;
    out.flows_max = flows_max;
    out.timeout.fill(kTimeout);
    return out;
  }

  flowtable::FlowTable table_;
};

}  // namespace bench
