// SPDX-License-Identifier: Apache-2.0
// What travels over the bus: records one way, how far they are stored the other.
#pragma once

#include "control/spool/spool_load.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace control {

// Records of one sensor keep their order, so they all take one of so many ways. Part of the
// protocol: sensors and writers of one stream have to agree.
inline constexpr uint32_t kBusPartitions = 8;
[[nodiscard]] uint32_t partition_of(std::string_view sensor) noexcept;

struct BusRecord {
  std::string sensor;
  int64_t epoch = 0;
  int64_t seq = 0;
  // The record that went before it; -1 where the sensor has none before it. Who has not stored that
  // one must not store this one: it would be taken for stored as well.
  int64_t after = -1;
  SpoolLoad load;
  std::string payload;
};
// Compressed. The layout, big-endian: "TSB1", u16 length and sensor, i64 epoch, seq, after, u64
// rows of each kind, u32 length of the payload, then the payload as a zstd frame.
[[nodiscard]] std::string encode_bus_record(const BusRecord& record);
// nullopt where it is damaged or from a stranger.
[[nodiscard]] std::optional<BusRecord> decode_bus_record(std::string_view bytes);

// All records of the epoch up to `seq` are durable in the database; where a record came whose
// predecessors did not, `missing` asks for them.
struct BusNotice {
  int64_t epoch = 0;
  int64_t seq = 0;
  bool missing = false;
};
[[nodiscard]] std::string encode_bus_notice(const BusNotice& notice);
[[nodiscard]] std::optional<BusNotice> decode_bus_notice(std::string_view bytes);

}  // namespace control
