// SPDX-License-Identifier: Apache-2.0
#include "dataplane/capture/pcap_reader.hpp"

#include <algorithm>
#include <utility>

namespace dataplane {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

constexpr uint32_t kMicroseconds = 0xa1b2c3d4;
constexpr uint32_t kNanoseconds = 0xa1b23c4d;
constexpr uint16_t kMajor = 2, kMinor = 4;

// Numbers in the byte order of who wrote the file.
struct FileOrder {
  bool little_endian;

  [[nodiscard]] uint32_t u32(ByteReader& from) const noexcept {
    uint32_t out = 0;
    (void)from.u32(out);
    return little_endian ? __builtin_bswap32(out) : out;
  }
  [[nodiscard]] uint16_t u16(ByteReader& from) const noexcept {
    uint16_t out = 0;
    (void)from.u16(out);
    return little_endian ? __builtin_bswap16(out) : out;
  }
};

}  // namespace

std::optional<PcapReader::Dialect> PcapReader::dialect_of(Bytes header) noexcept {
  const uint32_t magic = flowtable::load_be32(header.data());
  for (const bool little_endian : {true, false}) {
    const uint32_t said = little_endian ? __builtin_bswap32(magic) : magic;
    if (said != kMicroseconds && said != kNanoseconds) continue;
    const FileOrder order{little_endian};
    ByteReader reader(header.subspan(4));
    const uint16_t major = order.u16(reader), minor = order.u16(reader);
    if (major != kMajor || minor != kMinor || !reader.skip(8)) return std::nullopt;
    // No snap length, or one that cannot be: libpcap takes its own limit for it.
    const uint32_t snap = order.u32(reader);
    constexpr uint32_t kLink = 0x03ffffff;  // above it: whether there is a frame check sequence
    return Dialect{little_endian, said == kMicroseconds ? 1000u : 1u,
                   snap == 0 || snap > INT32_MAX ? kFrameBytesMax : snap,
                   link_type_of(order.u32(reader) & kLink)};
  }
  return std::nullopt;
}

std::unique_ptr<PcapReader> PcapReader::open(InputWindow& input) {
  if (!input.fetch(kFileHeaderBytes)) return nullptr;
  const auto dialect = dialect_of(input.there().first<kFileHeaderBytes>());
  if (!dialect.has_value()) return nullptr;
  input.pass(kFileHeaderBytes);
  return std::unique_ptr<PcapReader>(new PcapReader(std::move(input), *dialect));
}

CaptureStep PcapReader::fail(CaptureStep step, const char* what) noexcept {
  fault_ = what;
  return last_ = step;
}

bool PcapReader::has(size_t bytes, Fetch fetch) noexcept {
  if (input_.there().size() >= bytes) return true;
  if (fetch == Fetch::no) return false;
  if (input_.fetch(bytes)) return true;
  if (input_.failed()) {
    fail(CaptureStep::damaged, "cannot be read on");
  } else if (input_.there().empty()) {
    fail(CaptureStep::end, "");
  } else {
    fail(CaptureStep::truncated, "ends inside a packet");
  }
  return false;
}

PcapReader::PacketHead PcapReader::head_of(Bytes header) const noexcept {
  const FileOrder order{dialect_.little_endian};
  // Of a window of known size the compiler proves every read.
  ByteReader reader(header.first<kPacketHeaderBytes>());
  PacketHead out;
  out.seconds = order.u32(reader);
  out.fraction = order.u32(reader);
  out.captured_bytes = order.u32(reader);
  out.wire_bytes = order.u32(reader);
  return out;
}

CaptureStep PcapReader::next(CaptureFrame& out, Fetch fetch) noexcept {
  const auto missing = [this] { return last_ == CaptureStep::frame ? CaptureStep::later : last_; };
  if (last_ != CaptureStep::frame) return last_;
  if (!has(kPacketHeaderBytes, fetch)) return missing();
  const PacketHead head = head_of(input_.there());
  if (head.captured_bytes > kFrameBytesMax) {
    return fail(CaptureStep::damaged, "is broken (a packet of an impossible length)");
  }
  if (!has(kPacketHeaderBytes + head.captured_bytes, fetch)) return missing();
  const Bytes bytes = input_.there().subspan(kPacketHeaderBytes, head.captured_bytes);
  input_.pass(kPacketHeaderBytes + head.captured_bytes);
  out.bytes = bytes.first(std::min<size_t>(bytes.size(), dialect_.snap_bytes));
  // Both are signed to libpcap and all that use it, and so are times that are wrong wrong alike.
  // The fraction may be any 32-bit value.
  const auto seconds = static_cast<int32_t>(head.seconds);
  const auto fraction = static_cast<int32_t>(head.fraction);
  out.tick = flowtable::tick_from_ns(int64_t{seconds} * 1'000'000'000 +
                                     int64_t{fraction} * dialect_.ns_per_unit);
  out.wire_bytes = std::max(head.wire_bytes, static_cast<uint32_t>(out.bytes.size()));
  out.link = dialect_.link;
  return CaptureStep::frame;
}

// Here, where next() is known and becomes part of the loop.
FrameBurst PcapReader::next_burst(std::span<CaptureFrame> out) noexcept {
  return burst_of(*this, out);
}

}  // namespace dataplane
