// SPDX-License-Identifier: Apache-2.0
// Classic pcap files of the usual dialect, read by ourselves.
#pragma once

#include "dataplane/capture/frame_reader.hpp"
#include "dataplane/capture/input_window.hpp"

#include <memory>
#include <optional>

namespace dataplane {

// The format of nearly every file there is (draft-ietf-opsawg-pcap): version 2.4, either byte
// order, micro- or nanoseconds. libpcap reads it too, but copies each frame twice and takes a call
// for it, which together cost more than all that the packet path does. What else calls itself pcap
// is read by LibpcapReader.
class PcapReader final : public FrameReader {
 public:
  static constexpr size_t kFileHeaderBytes = 24;
  static constexpr size_t kPacketHeaderBytes = 16;

  // Nothing, and no byte passed, where the input begins otherwise or is shorter than a header.
  [[nodiscard]] static std::unique_ptr<PcapReader> open(InputWindow& input);

  [[nodiscard]] CaptureStep next(CaptureFrame& out, Fetch fetch) noexcept override;
  [[nodiscard]] FrameBurst next_burst(std::span<CaptureFrame> out) noexcept override;
  [[nodiscard]] std::string fault() const override { return fault_; }

 private:
  // What a file header says, as far as it is needed.
  struct Dialect {
    bool little_endian = true;
    uint32_t ns_per_unit = 1000;  // of the fraction of a second
    uint32_t snap_bytes = 0;      // a frame is cut to these
    LinkType link = LinkType::other;
  };
  struct PacketHead {
    uint32_t seconds = 0;
    uint32_t fraction = 0;
    uint32_t captured_bytes = 0;
    uint32_t wire_bytes = 0;
  };

  PcapReader(InputWindow&& input, const Dialect& dialect)
      : input_(std::move(input)), dialect_(dialect) {}

  [[nodiscard]] static std::optional<Dialect> dialect_of(flowtable::Bytes header) noexcept;
  [[nodiscard]] PacketHead head_of(flowtable::Bytes header) const noexcept;
  // True where so many bytes are there; else last_ says what next() has to return.
  [[nodiscard]] bool has(size_t bytes, Fetch fetch) noexcept;
  CaptureStep fail(CaptureStep step, const char* what) noexcept;

  InputWindow input_;
  Dialect dialect_;
  CaptureStep last_ = CaptureStep::frame;
  const char* fault_ = "";
};

}  // namespace dataplane
