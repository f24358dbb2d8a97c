// SPDX-License-Identifier: Apache-2.0
// One frame of a capture file, and what every format's reader must be able to do.
#pragma once

#include "dataplane/link_type.hpp"
#include "flowtable/base/byte_reader.hpp"
#include "flowtable/base/tick.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace dataplane {

// Longest frame that is read: libpcap's own limit, and more than any link carries.
inline constexpr uint32_t kFrameBytesMax = 262144;

struct CaptureFrame {
  flowtable::Bytes bytes;  // borrowed from the reader; see FrameReader
  flowtable::Tick tick{};
  uint32_t wire_bytes = 0;  // length on the wire; >= bytes.size()
  LinkType link = LinkType::other;
};

// What next() found. After end, truncated or damaged the reader has nothing more to give.
enum class CaptureStep : uint8_t {
  frame,
  end,        // the file ended where it should
  truncated,  // the file ended inside a packet; all packets before it were given
  damaged,    // the file goes on with something that is no packet, or cannot be read on
  later,      // Fetch::no only: the next frame has not been read yet
};

// Whether a reader may read on, by which the bytes of the frames before may move.
enum class Fetch : bool { no, yes };

// Frames that were read at once.
struct FrameBurst {
  size_t num_frames = 0;
  // Why there are not more: `frame` where the next one has to be read first, or none was asked for.
  CaptureStep step = CaptureStep::frame;
};

// Reads frames in file order. One thread. Errors are values: bytes of a file can neither throw nor
// abort.
class FrameReader {
 public:
  virtual ~FrameReader() = default;
  // The frame's bytes stay until the next call with Fetch::yes.
  [[nodiscard]] virtual CaptureStep next(CaptureFrame& out, Fetch fetch) noexcept = 0;
  // Up to out.size() frames, at least one where there is one, whose bytes all stay until the next
  // call of any kind.
  [[nodiscard]] virtual FrameBurst next_burst(std::span<CaptureFrame> out) noexcept = 0;
  // What was wrong, in words, after truncated or damaged: without the file's name.
  [[nodiscard]] virtual std::string fault() const = 0;
};

// next_burst() by next(), of a reader whose type is known: one virtual call for all frames.
template <typename Reader>
[[nodiscard]] FrameBurst burst_of(Reader& reader, std::span<CaptureFrame> out) noexcept {
  // Of Ethernet, IP and TCP: more than a cache line, of which the reader has just seen the first.
  constexpr size_t kHeadersBytes = 54;
  FrameBurst burst;
  while (burst.num_frames < out.size()) {
    CaptureFrame& frame = out[burst.num_frames];
    const CaptureStep step = reader.next(frame, burst.num_frames == 0 ? Fetch::yes : Fetch::no);
    if (step == CaptureStep::later) break;
    burst.step = step;
    if (step != CaptureStep::frame) break;
    __builtin_prefetch(frame.bytes.data() + kHeadersBytes);
    ++burst.num_frames;
  }
  return burst;
}

}  // namespace dataplane
