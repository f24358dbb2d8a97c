// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/segment_writer.hpp"

#include "dataplane/scan/internet_checksum.hpp"
#include "flowtable/base/big_endian.hpp"

#include <algorithm>

namespace dataplane {

using flowtable::Bytes;
using flowtable::store_be16;
using flowtable::store_be32;

namespace {

constexpr uint8_t kTcp = 6;
constexpr uint8_t kHops = 64;
constexpr size_t kTcpHeader = 20;

// Writes from the front of a buffer that was found long enough.
class Front {
 public:
  explicit Front(uint8_t* at) noexcept : begin_(at), at_(at) {}
  uint8_t* take(size_t length) noexcept {
    uint8_t* const out = at_;
    at_ += length;
    return out;
  }
  void put(Bytes bytes) noexcept { std::ranges::copy(bytes, take(bytes.size())); }
  void put16(uint16_t value) noexcept { store_be16(take(2), value); }
  [[nodiscard]] size_t size() const noexcept { return static_cast<size_t>(at_ - begin_); }

 private:
  uint8_t* begin_;
  uint8_t* at_;
};

// The bytes that an address has in a header.
Bytes wire_address(const flowtable::IpAddress& address) noexcept {
  const Bytes all(address.bytes);
  return address.is_v4() ? all.subspan(12) : all;
}

void put_ipv4(Front& front, const OwnSegment& segment, size_t tcp_bytes) noexcept {
  uint8_t* const header = front.take(20);
  std::fill_n(header, 20, uint8_t{0});
  header[0] = 0x45;
  store_be16(header + 2, static_cast<uint16_t>(20 + tcp_bytes));
  header[6] = 0x40;  // do not fragment: then the identification may stay 0 (RFC 6864)
  header[8] = kHops;
  header[9] = kTcp;
  std::ranges::copy(wire_address(segment.from.address), header + 12);
  std::ranges::copy(wire_address(segment.to.address), header + 16);
  store_be16(header + 10, InternetChecksum().add(Bytes(header, 20)).finish());
}

void put_ipv6(Front& front, const OwnSegment& segment, size_t tcp_bytes) noexcept {
  uint8_t* const header = front.take(40);
  store_be32(header, 0x60000000);
  store_be16(header + 4, static_cast<uint16_t>(tcp_bytes));
  header[6] = kTcp;
  header[7] = kHops;
  std::ranges::copy(segment.from.address.bytes, header + 8);
  std::ranges::copy(segment.to.address.bytes, header + 24);
}

void put_tcp(Front& front, const OwnSegment& segment) noexcept {
  const size_t header_bytes = kTcpHeader + segment.options_size;
  const size_t tcp_bytes = header_bytes + segment.payload.size();
  uint8_t* const header = front.take(header_bytes);
  store_be16(header, segment.from.port);
  store_be16(header + 2, segment.to.port);
  store_be32(header + 4, segment.seq);
  store_be32(header + 8, segment.ack);
  header[12] = static_cast<uint8_t>(header_bytes / 4 << 4);
  header[13] = segment.flags;
  store_be16(header + 14, segment.window);
  store_be32(header + 16, 0);  // checksum, urgent pointer
  std::copy_n(segment.options.begin(), segment.options_size, header + kTcpHeader);
  front.put(segment.payload);
  store_be16(header + 16, InternetChecksum()
                              .add(wire_address(segment.from.address))
                              .add(wire_address(segment.to.address))
                              .add_number(kTcp)
                              .add_number(static_cast<uint32_t>(tcp_bytes))
                              .add(Bytes(header, tcp_bytes))
                              .finish());
}

}  // namespace

size_t write_segment(const LinkHeader& link, const OwnSegment& segment,
                     std::span<uint8_t> frame) noexcept {
  const bool v4 = segment.from.address.is_v4();
  const size_t tcp_bytes = kTcpHeader + segment.options_size + segment.payload.size();
  const size_t length = (link.vlan ? 18 : 14) + (v4 ? 20 : 40) + tcp_bytes;
  if (length > frame.size()) return 0;
  Front front(frame.data());
  front.put(link.next_hop);
  front.put(link.ours);
  if (link.vlan) {
    front.put16(0x8100);
    front.put16(*link.vlan);
  }
  front.put16(v4 ? 0x0800 : 0x86DD);
  if (v4) {
    put_ipv4(front, segment, tcp_bytes);
  } else {
    put_ipv6(front, segment, tcp_bytes);
  }
  put_tcp(front, segment);
  return front.size();
}

}  // namespace dataplane
