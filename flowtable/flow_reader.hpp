// SPDX-License-Identifier: Apache-2.0
// A look into a flow table from another thread.
#pragma once

#include "flowtable/base/tick.hpp"
#include "flowtable/bucket.hpp"
#include "flowtable/flow.hpp"
#include "flowtable/flow_key.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace flowtable {

class FlowTable;

// One flow as it was at one moment. All fields belong to one flow; the counts may be a packet apart
// from each other.
struct FlowSnapshot {
  FlowKey key;
  Tick first_seen{};
  Tick last_seen{};
  std::array<uint64_t, 2> bytes{};    // on the wire, by Side
  std::array<uint32_t, 2> packets{};  // by Side
  FlowClass flow_class = FlowClass::embryonic;
  FlowStage stage = FlowStage::probing;
  uint8_t tcp_state = 0;  // TcpState
  Side originator = Side::a;
};

// Where a walk through a table stands. A new one begins at the start.
struct FlowCursor {
  uint32_t bucket = 0;
  uint32_t slot = 0;
  uint64_t skipped = 0;  // slots that changed at every try and were left out
};

// Reads while the owner core writes, and costs it nothing: a slot is copied and the copy is kept
// only where the bucket's sequence number says that nothing changed meanwhile. Any number of
// readers, each used by one thread at a time. A walk is no snapshot of the whole table: flows that
// come or go meanwhile may be in it or not, and one that moves between its buckets may be in it
// twice. The table must outlive its readers.
class FlowReader {
 public:
  explicit FlowReader(const FlowTable& table) noexcept;

  // Fills the front of `out` with the flows from the cursor on, moves the cursor, and returns how
  // many they are; fewer than out.size() only where the walk is at its end.
  size_t read(FlowCursor& cursor, std::span<FlowSnapshot> out) const noexcept;

 private:
  enum class Outcome : uint8_t { copied, free, changing };
  [[nodiscard]] Outcome copy(const Bucket& bucket, size_t slot, FlowSnapshot& out) const noexcept;
  [[nodiscard]] Outcome try_copy(const Bucket& bucket, size_t slot,
                                 FlowSnapshot& out) const noexcept;

  std::span<const Bucket> buckets_;
  const Flow* flows_;
};

}  // namespace flowtable
