// SPDX-License-Identifier: Apache-2.0
#include "flowtable/flow_table.hpp"

#include "flowtable/base/check.hpp"

namespace flowtable {
namespace {

bool is_on_wheel(FlowClass flow_class) noexcept {
  return flow_class == FlowClass::handshaking || flow_class == FlowClass::established;
}

}  // namespace

void FlowTable::prefetch_leavers(size_t newcomers) const noexcept {
  if (slab_.num_taken() + newcomers < slab_.size()) return;
  // They wait in the order in which they came, which is mostly that of their records: so what the
  // next look here meets first is asked for now.
  uint32_t index = embryonic_.oldest();
  for (; newcomers > 0 && index != Flow::kNone; --newcomers) {
    const Flow& flow = slab_.records()[index];
    index_.prefetch_listing(flow);
    index = flow.details().timer_next;
  }
  for (size_t i = 0; i < FlowIndex::kBurstMax && index < slab_.end_of_used(); ++i) {
    const Flow& flow = slab_.records()[index];
    __builtin_prefetch(&flow, 1);
    __builtin_prefetch(&flow.details(), 1);
    __builtin_prefetch(&flow.capture(), 1);
    index = FlowSlab::next(index);
  }
}

Room FlowTable::must_leave(uint64_t hash, Tick now) noexcept {
  const FlowIndex::Home home = index_.home_of(hash);
  if (!index_.make_slot(home)) return Room{&index_.least_of(home), false};
  if (!slab_.full()) return Room{};
  for (const FlowQueue* queue : {&embryonic_, &closing_}) {
    const uint32_t oldest = queue->oldest();
    if (oldest != Flow::kNone) return Room{&slab_.records()[oldest], false};
  }
  // Flows that were heard of since they were queued are met here in vain: a few of them per
  // newcomer are moved on, so that the next one finds its victim at once.
  constexpr size_t kLooksMax = 16;
  const uint32_t soonest = wheel_.soonest(now, kLooksMax);
  if (soonest == Flow::kNone) return Room{nullptr, true};
  Flow& flow = slab_.records()[soonest];
  return timeouts_.is_silent_for(flow, ns_since_epoch(now), kSilenceMin) ? Room{&flow, false}
                                                                         : Room{nullptr, true};
}

Flow* FlowTable::insert(const FlowKey& key, uint64_t hash, Tick now) noexcept {
  const FlowIndex::Home home = index_.home_of(hash);
  if (slab_.full() || !index_.make_slot(home)) return nullptr;
  const uint32_t index = slab_.take();
  index_.add(home, index, key, now);
  embryonic_.push(index);
  num_flows_.set(slab_.num_taken());
  return &slab_.records()[index];
}

void FlowTable::erase(Flow& flow) noexcept {
  const uint32_t index = slab_.index_of(flow);
  DCHECK(flow.details().bucket != Flow::kNone);
  unqueue(index);
  index_.remove(flow);
  slab_.give_back(index);
  num_flows_.set(slab_.num_taken());
}

bool FlowTable::rename(Flow& flow, const FlowKey& key, uint64_t hash) noexcept {
  const FlowIndex::Home home = index_.home_of(hash);
  if (!index_.make_slot(home)) return false;
  index_.rename(home, slab_.index_of(flow), key);
  return true;
}

void FlowTable::set_class(Flow& flow, FlowClass flow_class) noexcept {
  const FlowClass before = flow.flow_class();
  if (before == flow_class) return;
  const bool stays_on_wheel = is_on_wheel(before) && is_on_wheel(flow_class);
  if (stays_on_wheel && timeouts_.timeout_ns(flow_class) >= timeouts_.timeout_ns(before)) {
    // Its turn on the wheel comes too early at worst, and is then put off: nothing to move.
    flow.set_class(flow_class);
    return;
  }
  const uint32_t index = slab_.index_of(flow);
  unqueue(index);
  flow.set_class(flow_class);
  queue(index);
}

void FlowTable::queue(uint32_t index) noexcept {
  const FlowClass flow_class = slab_.records()[index].flow_class();
  if (is_on_wheel(flow_class)) {
    wheel_.schedule(index);
  } else {
    (flow_class == FlowClass::embryonic ? embryonic_ : closing_).push(index);
  }
}

void FlowTable::unqueue(uint32_t index) noexcept {
  const Flow& flow = slab_.records()[index];
  if (flow.details().timer_list == Flow::kNoList) return;
  const FlowClass flow_class = flow.flow_class();
  if (is_on_wheel(flow_class)) {
    wheel_.cancel(index);
  } else {
    (flow_class == FlowClass::embryonic ? embryonic_ : closing_).remove(index);
  }
}

}  // namespace flowtable
