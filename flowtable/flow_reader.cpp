// SPDX-License-Identifier: Apache-2.0
#include "flowtable/flow_reader.hpp"

#include "flowtable/flow_table.hpp"

namespace flowtable {
namespace {

// A change takes the owner some tens of nanoseconds, unless it was interrupted in the middle of
// one: then waiting would be in vain.
constexpr int kTriesMax = 64;

}  // namespace

FlowReader::FlowReader(const FlowTable& table) noexcept
    : buckets_(table.index_.buckets()), flows_(table.slab_.records()) {}

size_t FlowReader::read(FlowCursor& cursor, std::span<FlowSnapshot> out) const noexcept {
  size_t filled = 0;
  while (filled < out.size() && cursor.bucket < buckets_.size()) {
    const Outcome outcome = copy(buckets_[cursor.bucket], cursor.slot, out[filled]);
    filled += outcome == Outcome::copied ? 1 : 0;
    cursor.skipped += outcome == Outcome::changing ? 1 : 0;
    if (++cursor.slot == kBucketSlots) {
      cursor.slot = 0;
      ++cursor.bucket;
    }
  }
  return filled;
}

FlowReader::Outcome FlowReader::copy(const Bucket& bucket, size_t slot,
                                     FlowSnapshot& out) const noexcept {
  for (int i = 0; i < kTriesMax; ++i) {
    const Outcome outcome = try_copy(bucket, slot, out);
    if (outcome != Outcome::changing) return outcome;
  }
  return Outcome::changing;
}

FlowReader::Outcome FlowReader::try_copy(const Bucket& bucket, size_t slot,
                                         FlowSnapshot& out) const noexcept {
  const uint32_t before = bucket.sequence.observe();
  if (before % 2 != 0) return Outcome::changing;
  const uint32_t index = bucket.flows[slot].observe();
  if (index == Flow::kNone) return Outcome::free;

  // Every field is observed, not merely read, also by the flow's own functions: whoever saw a value
  // of a later flow in this record then also sees, below, that the bucket changed before it was
  // written.
  const Flow& flow = flows_[index];
  out.key = flow.load_key();
  out.first_seen = tick_from_ns(flow.details().first_seen_ns.observe());
  out.last_seen = tick_from_ns(flow.last_seen_ns.observe());
  for (size_t side = 0; side < 2; ++side) {
    out.bytes[side] = flow.bytes(side);
    out.packets[side] = flow.packets[side].observe();
  }
  out.flow_class = flow.flow_class();
  out.stage = flow.stage();
  out.tcp_state = flow.tcp_state();
  out.originator = flow.originator();
  return bucket.sequence.observe() == before ? Outcome::copied : Outcome::changing;
}

}  // namespace flowtable
