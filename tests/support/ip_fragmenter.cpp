// SPDX-License-Identifier: Apache-2.0
#include "tests/support/ip_fragmenter.hpp"

#include "flowtable/base/big_endian.hpp"

#include <algorithm>

namespace tests {
namespace {

constexpr size_t kEthernet = 14;
constexpr uint8_t kFragmentHeader = 44;

size_t header_bytes(const ByteString& packet) {
  return is_v4(packet) ? 20 : 40;
}

}  // namespace

bool is_v4(const ByteString& packet) {
  return packet.front() >> 4 == 4;
}

ByteString with_payload(const ByteString& packet, uint8_t protocol, const ByteString& payload) {
  ByteString out = part_of(packet, 0, header_bytes(packet));
  if (is_v4(packet)) {
    flowtable::store_be16(out.data() + 2, static_cast<uint16_t>(out.size() + payload.size()));
    out[9] = protocol;
  } else {
    flowtable::store_be16(out.data() + 4, static_cast<uint16_t>(payload.size()));
    out[6] = protocol;
  }
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

ByteString fragment_of(const ByteString& packet, const FragmentCut& cut) {
  const ByteString bytes = part_of(packet, header_bytes(packet) + cut.begin, cut.end - cut.begin);
  if (is_v4(packet)) {
    ByteString out = with_payload(packet, packet[9], bytes);
    flowtable::store_be16(out.data() + 4, static_cast<uint16_t>(cut.id));
    const size_t flags = (cut.more_follow ? 0x2000u : 0u) | cut.begin / 8;
    flowtable::store_be16(out.data() + 6, static_cast<uint16_t>(flags));
    return out;
  }
  ByteString header(8, 0);
  header[0] = packet[6];
  flowtable::store_be16(header.data() + 2,
                        static_cast<uint16_t>(cut.begin | (cut.more_follow ? 1u : 0u)));
  flowtable::store_be32(header.data() + 4, cut.id);
  return with_payload(packet, kFragmentHeader, join({header, bytes}));
}

std::vector<ByteString> fragments_of(const ByteString& packet, size_t bytes, uint32_t id) {
  std::vector<ByteString> out;
  const size_t total = packet.size() - header_bytes(packet);
  for (size_t begin = 0; begin < total; begin += bytes) {
    const size_t end = std::min(begin + bytes, total);
    out.push_back(fragment_of(packet, {begin, end, end < total, id}));
  }
  return out;
}

std::vector<ByteString> frames_of_fragments(const ByteString& frame, size_t bytes, uint32_t id) {
  const ByteString ethernet = part_of(frame, 0, kEthernet);
  std::vector<ByteString> out;
  for (const ByteString& fragment :
       fragments_of(part_of(frame, kEthernet, frame.size() - kEthernet), bytes, id))
    out.push_back(join({ethernet, fragment}));
  return out;
}

}  // namespace tests
