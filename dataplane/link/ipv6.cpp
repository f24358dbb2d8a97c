// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/steps.hpp"

namespace dataplane {
namespace {

using flowtable::Bytes;
using flowtable::IpAddress;

// RFC 8200 section 4: extension headers that stand between IPv6 and what it carries.
constexpr uint8_t kHopByHop = 0;
constexpr uint8_t kRouting = 43;
constexpr uint8_t kFragment = 44;
constexpr uint8_t kDestination = 60;
// What IANA's registry has added to them, in the same form.
constexpr uint8_t kMobility = 135;      // RFC 6275
constexpr uint8_t kHostIdentity = 139;  // RFC 7401
constexpr uint8_t kShim6 = 140;         // RFC 5533
// RFC 4302: its length counts in words of four bytes.
constexpr uint8_t kAuthentication = 51;

// RFC 8200 section 4.5. A fragment header on a whole packet ("atomic fragment") is no obstacle.
DropReason skip_fragment_header(DecodeCursor& at, uint8_t& next) noexcept {
  constexpr uint16_t kOffset = 0xfff8, kMore = 0x0001;
  uint8_t reserved = 0;
  uint16_t offset_and_more = 0;
  uint32_t id = 0;
  if (!at.bytes.u8(next) || !at.bytes.u8(reserved) || !at.bytes.u16(offset_and_more) ||
      !at.bytes.u32(id)) {
    return at.too_short(DropReason::ip_extension_bad);
  }
  if ((offset_and_more & (kOffset | kMore)) == 0) return DropReason::none;
  return end_at_fragment(at, {.version = FragmentView::Version::v6,
                              .id = id,
                              .offset = uint32_t{offset_and_more} & kOffset,
                              .more_follow = (offset_and_more & kMore) != 0,
                              .protocol = next});
}

// The others begin alike: what comes next, and how many times eight bytes beyond the first eight.
DropReason skip_options_header(DecodeCursor& at, uint8_t& next) noexcept {
  uint8_t length = 0;
  if (!at.bytes.u8(next) || !at.bytes.u8(length) || !at.bytes.skip(6 + size_t{length} * 8)) {
    return at.too_short(DropReason::ip_extension_bad);
  }
  return DropReason::none;
}

DropReason skip_authentication(DecodeCursor& at, uint8_t& next) noexcept {
  uint8_t words = 0;
  if (!at.bytes.u8(next) || !at.bytes.u8(words) || !at.bytes.skip(6 + size_t{words} * 4)) {
    return at.too_short(DropReason::ip_extension_bad);
  }
  return DropReason::none;
}

bool has_options_form(uint8_t next) noexcept {
  return next == kHopByHop || next == kRouting || next == kDestination || next == kMobility ||
         next == kHostIdentity || next == kShim6;
}

DropReason skip_extensions(DecodeCursor& at, uint8_t& next) noexcept {
  // RFC 8200 section 4.1 lists seven, each at most once but for one.
  constexpr size_t kExtensionsMax = 8;
  for (size_t i = 0; i < kExtensionsMax; ++i) {
    DropReason reason = DropReason::none;
    if (next == kFragment) {
      reason = skip_fragment_header(at, next);
    } else if (has_options_form(next)) {
      reason = skip_options_header(at, next);
    } else if (next == kAuthentication) {
      reason = skip_authentication(at, next);
    } else {
      return DropReason::none;
    }
    if (reason != DropReason::none) return reason;
  }
  return DropReason::ip_extension_bad;
}

}  // namespace

// RFC 8200 section 3. Of a fragment, the headers before its fragment header end here: what is put
// together of fragments goes on with those behind it.
DropReason step_ipv6(DecodeCursor& at, PacketView&) noexcept {
  uint32_t version_and_labels = 0;
  uint16_t payload_bytes = 0;
  uint8_t next = 0;
  Bytes source, destination;
  if (!at.bytes.u32(version_and_labels) || !at.bytes.u16(payload_bytes) || !at.bytes.u8(next) ||
      !at.bytes.u8(at.ttl) || !at.bytes.take(16, source) || !at.bytes.take(16, destination)) {
    return at.too_short(DropReason::ip_header_bad);
  }
  if (version_and_labels >> 28 != 6) return DropReason::ip_header_bad;
  // Zero: a jumbogram, or a packet captured before segmentation offload cut it.
  if (payload_bytes != 0) at.limit_to(payload_bytes);
  at.source = IpAddress::from_bytes(source);
  at.destination = IpAddress::from_bytes(destination);
  const DropReason reason = skip_extensions(at, next);
  // RFC 2675 section 3: no jumbogram is fragmented; and nothing else goes without a length.
  if (reason == DropReason::ip_fragment && payload_bytes == 0) return DropReason::fragment_bad;
  if (reason != DropReason::none) return reason;
  return at.go_on(HeaderSpace::ip_protocol, next);
}

}  // namespace dataplane
