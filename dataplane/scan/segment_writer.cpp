// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/segment_writer.hpp"

#include <algorithm>

namespace dataplane {

using flowtable::Bytes;
using flowtable::store_be16;
using flowtable::store_be32;

namespace {

constexpr size_t kTcpHeader = 20;
constexpr size_t kUdpHeader = 8;

}  // namespace

size_t write_segment(const LinkHeader& link, const OwnSegment& segment,
                     std::span<uint8_t> frame) noexcept {
  const size_t header_bytes = kTcpHeader + segment.options_size;
  const OwnPacket packet{.from = segment.from.address,
                         .to = segment.to.address,
                         .protocol = IpProtocol::kTcp,
                         .bytes = header_bytes + segment.payload.size()};
  if (frame_bytes(link, packet) > frame.size()) return 0;
  Front front(frame.data());
  put_ip(front, link, packet);
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
  store_be16(header + 16, pseudo_header(packet).add(Bytes(header, packet.bytes)).finish());
  return front.size();
}

size_t write_datagram(const LinkHeader& link, const OwnDatagram& datagram,
                      std::span<uint8_t> frame) noexcept {
  const OwnPacket packet{.from = datagram.from.address,
                         .to = datagram.to.address,
                         .protocol = IpProtocol::kUdp,
                         .bytes = kUdpHeader + datagram.payload.size()};
  if (frame_bytes(link, packet) > frame.size()) return 0;
  Front front(frame.data());
  put_ip(front, link, packet);
  uint8_t* const header = front.take(kUdpHeader);
  store_be16(header, datagram.from.port);
  store_be16(header + 2, datagram.to.port);
  store_be16(header + 4, static_cast<uint16_t>(packet.bytes));
  store_be16(header + 6, 0);
  front.put(datagram.payload);
  const uint16_t sum = pseudo_header(packet).add(Bytes(header, packet.bytes)).finish();
  // 0 would say that there is none (RFC 768).
  store_be16(header + 6, sum == 0 ? uint16_t{0xffff} : sum);
  return front.size();
}

}  // namespace dataplane
