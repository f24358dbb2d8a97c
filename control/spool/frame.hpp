// SPDX-License-Identifier: Apache-2.0
// How a record lies in a segment: a mark, the payload as stored, the mark again.
#pragma once

#include "control/spool/spool_point.hpp"
#include "flowtable/base/byte_reader.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace control {

// Stands before each payload (head) and behind it (foot). The head is read; the foot says that a
// record was written whole, and what it was, where its head is damaged and nothing follows.
struct FrameMark {
  enum class Part : uint8_t { head, foot };

  Part part = Part::head;
  bool compressed = false;
  int64_t epoch = 0;
  int64_t seq = 0;
  SpoolLoad before;  // of the epoch's records before this one
  SpoolLoad load;
  uint32_t payload_bytes = 0;  // as handed in
  uint32_t stored_bytes = 0;
  uint64_t stored_sum = 0;  // XXH3 of what is stored

  [[nodiscard]] SpoolPoint begin() const noexcept { return {seq - 1, before}; }
  [[nodiscard]] SpoolPoint end() const noexcept { return {seq, before + load}; }
};

constexpr size_t kMarkBytes = 96;
// What every mark begins with, for those who look for one.
constexpr std::array<uint8_t, 3> kMarkBegins = {0x8f, 't', 's'};

void encode_mark(const FrameMark& mark, uint8_t* to) noexcept;  // kMarkBytes
// nullopt where it is none, was changed, or promises what no writer writes.
[[nodiscard]] std::optional<FrameMark> decode_mark(flowtable::Bytes bytes) noexcept;

[[nodiscard]] uint64_t checksum_of(flowtable::Bytes bytes) noexcept;

// Builds frames, one at a time, in memory that is kept.
class FrameBuilder {
 public:
  FrameBuilder();
  ~FrameBuilder();
  FrameBuilder(const FrameBuilder&) = delete;
  FrameBuilder& operator=(const FrameBuilder&) = delete;

  // Completes the mark's lengths and sum. Valid until the next call.
  flowtable::Bytes build(FrameMark mark, std::string_view payload);

 private:
  void* compressor_;
  std::vector<uint8_t> frame_;
};

// The payload as it was handed in; nullopt where what is stored is not what was written.
[[nodiscard]] std::optional<std::string> payload_of(const FrameMark& mark, flowtable::Bytes stored);

}  // namespace control
