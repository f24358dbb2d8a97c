// SPDX-License-Identifier: Apache-2.0
// pcapng files (draft-ietf-opsawg-pcapng), read by ourselves.
#pragma once

#include "dataplane/capture/frame_reader.hpp"
#include "dataplane/capture/input_window.hpp"
#include "flowtable/base/result.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dataplane {

// Time stamps of an interface: one unit is 10^-exponent or 2^-exponent seconds.
struct TickUnit {
  bool binary = false;
  uint8_t exponent = 6;
  int64_t offset_seconds = 0;
};

// The tick of a time stamp; nothing where it does not fit into one (before 1677, after 2262), which
// no clock has said.
[[nodiscard]] std::optional<flowtable::Tick> tick_of(uint64_t time, const TickUnit& unit) noexcept;

// libpcap gives up on a pcapng file whose interfaces differ in link type or snap length, which is
// what every capture of two devices at once looks like; the frames of such a file are as good as
// any. So the format is read here: blocks through ByteReader, one at a time, any number of sections
// and interfaces, unknown blocks skipped.
class PcapngReader final : public FrameReader {
 public:
  // The error is a phrase without the file's name.
  [[nodiscard]] static flowtable::OrError<std::unique_ptr<PcapngReader>> open(InputWindow&& input);

  [[nodiscard]] CaptureStep next(CaptureFrame& out, Fetch fetch) noexcept override;
  [[nodiscard]] FrameBurst next_burst(std::span<CaptureFrame> out) noexcept override {
    return burst_of(*this, out);
  }
  [[nodiscard]] std::string fault() const override { return fault_; }

 private:
  struct Interface {
    LinkType link;
    uint32_t snap_bytes;  // 0: no limit
    TickUnit unit;
  };
  // What the head of each kind of packet block says.
  struct PacketHead {
    uint32_t interface;
    uint64_t time;
    uint32_t captured_bytes;
    uint32_t wire_bytes;
  };

  explicit PcapngReader(InputWindow&& input) : input_(std::move(input)) {}

  [[nodiscard]] bool has(size_t bytes, Fetch fetch) noexcept;
  [[nodiscard]] bool read_block(Fetch fetch) noexcept;
  [[nodiscard]] bool begin_section(flowtable::Bytes order) noexcept;
  [[nodiscard]] bool skip(uint64_t length) noexcept;
  [[nodiscard]] bool add_interface(flowtable::ByteReader body) noexcept;
  [[nodiscard]] bool take_packet(CaptureFrame& out) noexcept;
  [[nodiscard]] bool read_head(flowtable::ByteReader& body, PacketHead& head) const noexcept;
  // Every one of these returns false, and says why next() has to stop.
  bool fail(CaptureStep step, const char* what) noexcept;

  [[nodiscard]] bool u16(flowtable::ByteReader& from, uint16_t& out) const noexcept;
  [[nodiscard]] bool u32(flowtable::ByteReader& from, uint32_t& out) const noexcept;

  InputWindow input_;
  std::vector<Interface> interfaces_;  // of the section being read
  flowtable::Bytes body_;              // of the block being read, in the window
  uint32_t type_ = 0;                  // of the block being read
  bool little_endian_ = true;          // of the section being read
  flowtable::Tick last_tick_{};        // of the latest packet that has a time
  CaptureStep last_ = CaptureStep::frame;
  const char* fault_ = "";
};

}  // namespace dataplane
