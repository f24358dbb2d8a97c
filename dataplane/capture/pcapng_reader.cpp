// SPDX-License-Identifier: Apache-2.0
#include "dataplane/capture/pcapng_reader.hpp"

#include "dataplane/link_type.hpp"

#include <algorithm>
#include <limits>

namespace dataplane {
namespace {

using flowtable::ByteReader;
using flowtable::Bytes;

// Block types, https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html section 4. The
// section header's reads the same in both byte orders.
constexpr uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr uint32_t kInterfaceDescription = 1;
constexpr uint32_t kObsoletePacket = 2;
constexpr uint32_t kSimplePacket = 3;
constexpr uint32_t kEnhancedPacket = 6;
constexpr uint32_t kByteOrderMagic = 0x1a2b3c4d;

// Type, total length, and the total length again at the end.
constexpr uint32_t kBlockOverhead = 12;
// The longest packet with its head and a generous list of options: a hostile length must not
// become memory.
constexpr uint32_t kBodyBytesMax = kFrameBytesMax + (1U << 20);
constexpr size_t kInterfacesMax = 65536;  // obsolete packet blocks have 16-bit interface numbers

constexpr uint16_t kOptionEnd = 0;
constexpr uint16_t kOptionTimeResolution = 9;
constexpr uint16_t kOptionTimeOffset = 14;

constexpr uint32_t padded(uint32_t length) noexcept {
  return (length + 3) & ~3U;
}

constexpr bool holds_packet(uint32_t type) noexcept {
  return type == kEnhancedPacket || type == kSimplePacket || type == kObsoletePacket;
}

constexpr bool is_read(uint32_t type) noexcept {
  return type == kSectionHeader || type == kInterfaceDescription || holds_packet(type);
}

}  // namespace

std::optional<flowtable::Tick> tick_of(uint64_t time, const TickUnit& unit) noexcept {
  __extension__ using Wide = __int128;
  // Units finer than these are not told apart in 64 bits of nanoseconds anyway.
  constexpr uint8_t kBinaryMax = 63;
  constexpr uint8_t kDecimalMax = 19;
  Wide per_second = 1;
  if (unit.binary) {
    per_second <<= std::min(unit.exponent, kBinaryMax);
  } else {
    for (uint8_t i = 0; i < std::min(unit.exponent, kDecimalMax); ++i)
      per_second *= 10;
  }
  constexpr Wide kNsPerSecond = 1'000'000'000;
  const Wide ns = Wide{time} * kNsPerSecond / per_second + Wide{unit.offset_seconds} * kNsPerSecond;
  constexpr Wide kLow = std::numeric_limits<int64_t>::min();
  constexpr Wide kHigh = std::numeric_limits<int64_t>::max();
  if (ns < kLow || ns > kHigh) return std::nullopt;
  return flowtable::tick_from_ns(static_cast<int64_t>(ns));
}

flowtable::OrError<std::unique_ptr<PcapngReader>> PcapngReader::open(InputWindow&& input) {
  std::unique_ptr<PcapngReader> reader(new PcapngReader(std::move(input)));
  if (reader->read_block(Fetch::yes) && reader->type_ == kSectionHeader) return reader;
  return flowtable::Failure{flowtable::Error{"begins with no pcapng section header"}};
}

CaptureStep PcapngReader::next(CaptureFrame& out, Fetch fetch) noexcept {
  if (last_ != CaptureStep::frame) return last_;
  while (read_block(fetch)) {
    if (type_ == kInterfaceDescription && !add_interface(ByteReader(body_))) return last_;
    if (holds_packet(type_)) return take_packet(out) ? CaptureStep::frame : last_;
  }
  return last_ == CaptureStep::frame ? CaptureStep::later : last_;
}

bool PcapngReader::fail(CaptureStep step, const char* what) noexcept {
  last_ = step;
  fault_ = what;
  return false;
}

// False where they are not there: last_ says why, or that Fetch::no was asked for.
bool PcapngReader::has(size_t bytes, Fetch fetch) noexcept {
  if (input_.there().size() >= bytes) return true;
  if (fetch == Fetch::no) return false;
  if (input_.fetch(bytes)) return true;
  if (input_.failed()) return fail(CaptureStep::damaged, "cannot be read on");
  return fail(CaptureStep::truncated, "ends inside a pcapng block");
}

bool PcapngReader::skip(uint64_t length) noexcept {
  while (length > 0) {
    if (!has(1, Fetch::yes)) return false;
    const auto part = std::min<uint64_t>(length, input_.there().size());
    input_.pass(part);
    length -= part;
  }
  return true;
}

bool PcapngReader::u16(ByteReader& from, uint16_t& out) const noexcept {
  if (!from.u16(out)) return false;
  if (little_endian_) out = __builtin_bswap16(out);
  return true;
}

bool PcapngReader::u32(ByteReader& from, uint32_t& out) const noexcept {
  if (!from.u32(out)) return false;
  if (little_endian_) out = __builtin_bswap32(out);
  return true;
}

// Leaves the block's body in body_ where its type is one that is read, and skips it otherwise.
// False where there is no further block: last_ says why, or that it is not there yet.
bool PcapngReader::read_block(Fetch fetch) noexcept {
  constexpr size_t kHeadBytes = 8, kOrderBytes = 4, kTrailerBytes = 4;
  if (!has(1, fetch)) {
    if (last_ == CaptureStep::truncated) fail(CaptureStep::end, "");
    return false;
  }
  if (!has(kHeadBytes, fetch)) return false;
  size_t already = kHeadBytes;
  if (flowtable::load_be32(input_.there().data()) == kSectionHeader) {
    already += kOrderBytes;
    if (!has(already, fetch) || !begin_section(input_.there().subspan(kHeadBytes))) return false;
  }
  ByteReader reader{input_.there().first(kHeadBytes)};
  uint32_t length = 0;
  if (!u32(reader, type_) || !u32(reader, length) || length < kTrailerBytes + already) {
    return fail(CaptureStep::damaged, "has a pcapng block of an impossible length");
  }
  if (padded(length) < length) return fail(CaptureStep::damaged, "has an impossible pcapng block");
  if (!is_read(type_) || type_ == kSectionHeader) {
    const bool is_there = input_.there().size() >= padded(length);
    return (is_there || fetch == Fetch::yes) && skip(padded(length));
  }
  if (padded(length) - kBlockOverhead > kBodyBytesMax) {
    return fail(CaptureStep::damaged, "has a packet that is too long");
  }
  if (!has(padded(length), fetch)) return false;
  body_ = input_.there().subspan(kHeadBytes, padded(length) - kBlockOverhead);
  input_.pass(padded(length));
  return true;
}

// Section 4.1: the byte order of a section is that of its magic number, and its interfaces are
// its own. The section's length and options say nothing that is needed.
bool PcapngReader::begin_section(Bytes order) noexcept {
  const uint32_t magic = flowtable::load_be32(order.data());
  if (magic != kByteOrderMagic && magic != __builtin_bswap32(kByteOrderMagic)) {
    return fail(CaptureStep::damaged, "has a pcapng section of no known byte order");
  }
  little_endian_ = magic != kByteOrderMagic;
  interfaces_.clear();
  return true;
}

// Section 4.2: link type, reserved, snap length, options.
bool PcapngReader::add_interface(ByteReader body) noexcept {
  uint16_t link = 0;
  Interface added{};
  if (!u16(body, link) || !body.skip(2) || !u32(body, added.snap_bytes) ||
      interfaces_.size() == kInterfacesMax) {
    return fail(CaptureStep::damaged, "has a broken pcapng interface");
  }
  added.link = link_type_of(link);
  uint16_t code = 0;
  uint16_t length = 0;
  Bytes value;
  while (u16(body, code) && u16(body, length) && code != kOptionEnd && body.take(length, value)) {
    if (code == kOptionTimeResolution && length == 1) {
      added.unit.binary = (value[0] & 0x80) != 0;
      added.unit.exponent = value[0] & 0x7f;
    }
    if (code == kOptionTimeOffset && length == 8) {
      const uint64_t seconds = flowtable::load_be64(value.data());
      added.unit.offset_seconds =
          static_cast<int64_t>(little_endian_ ? __builtin_bswap64(seconds) : seconds);
    }
    if (!body.skip(padded(length) - length)) break;
  }
  interfaces_.push_back(added);
  return true;
}

// Sections 4.3 (enhanced), 4.4 (simple) and appendix A (obsolete): what stands before the bytes.
bool PcapngReader::read_head(ByteReader& body, PacketHead& head) const noexcept {
  if (type_ == kSimplePacket) {
    if (!u32(body, head.wire_bytes) || interfaces_.empty()) return false;
    const uint32_t snap = interfaces_.front().snap_bytes;
    head.captured_bytes = snap == 0 ? head.wire_bytes : std::min(head.wire_bytes, snap);
    // A file that keeps no snap length may still have cut the packet: the block bounds it.
    head.captured_bytes = std::min(head.captured_bytes, static_cast<uint32_t>(body.size()));
    return true;
  }
  uint16_t interface = 0;
  uint32_t high = 0;
  uint32_t low = 0;
  const bool numbered =
      type_ == kEnhancedPacket ? u32(body, head.interface) : u16(body, interface) && body.skip(2);
  if (type_ == kObsoletePacket) head.interface = interface;
  if (!numbered || !u32(body, high) || !u32(body, low)) return false;
  head.time = uint64_t{high} << 32 | low;
  return u32(body, head.captured_bytes) && u32(body, head.wire_bytes);
}

bool PcapngReader::take_packet(CaptureFrame& out) noexcept {
  ByteReader body{body_};
  PacketHead head{};
  if (!read_head(body, head)) return fail(CaptureStep::damaged, "has a broken pcapng packet");
  if (head.interface >= interfaces_.size()) {
    return fail(CaptureStep::damaged, "has a packet of an interface it does not describe");
  }
  if (head.captured_bytes > kFrameBytesMax || !body.take(head.captured_bytes, out.bytes)) {
    return fail(CaptureStep::damaged, "has a packet longer than its pcapng block");
  }
  const Interface& interface = interfaces_[head.interface];
  // A simple packet has no time of its own: it passed after the packet before it. The same is taken
  // of a time that cannot be, so that a unit misstated for one interface does not put centuries
  // between the packets of two.
  if (type_ != kSimplePacket) last_tick_ = tick_of(head.time, interface.unit).value_or(last_tick_);
  out.tick = last_tick_;
  out.wire_bytes = std::max(head.wire_bytes, head.captured_bytes);
  out.link = interface.link;
  return true;
}

}  // namespace dataplane
