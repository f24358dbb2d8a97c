// SPDX-License-Identifier: Apache-2.0
#include "tests/workload/headers.hpp"

#include "dataplane/scan/internet_checksum.hpp"
#include "flowtable/base/big_endian.hpp"

namespace workload {
namespace {

constexpr size_t kIpAt = 14;
constexpr size_t kTcpAt = 34;
constexpr size_t kTcpChecksumAt = kTcpAt + 16;

}  // namespace

void write_headers(const TcpFrame& from, Frame& out) noexcept {
  using flowtable::store_be16;
  using flowtable::store_be32;
  static constexpr std::array<uint8_t, 34> kStart{
      2,    0, 0, 0, 0, 2, 2,    0, 0,  0, 0, 1, 8, 0,  // locally administered addresses, IPv4
      0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 6, 0, 0,        // do not fragment, 64 hops, TCP
      0,    0, 0, 0, 0, 0, 0,    0};
  uint8_t* const bytes = out.header.data();
  std::copy(kStart.begin(), kStart.end(), bytes);
  const auto ip_bytes = static_cast<uint16_t>(out.size() - kIpAt);
  store_be16(bytes + kIpAt + 2, ip_bytes);
  store_be32(bytes + kIpAt + 12, from.source);
  store_be32(bytes + kIpAt + 16, from.target);
  const uint16_t sum =
      dataplane::InternetChecksum().add(flowtable::Bytes(out.header).subspan(kIpAt, 20)).finish();
  store_be16(bytes + kIpAt + 10, sum);
  store_be16(bytes + kTcpAt, from.source_port);
  store_be16(bytes + kTcpAt + 2, from.target_port);
  store_be32(bytes + kTcpAt + 4, from.seq);
  store_be32(bytes + kTcpAt + 8, from.ack);
  store_be16(bytes + kTcpAt + 12, static_cast<uint16_t>(0x5000 | from.flags));
  store_be16(bytes + kTcpAt + 14, 0xffff);
  store_be32(bytes + kTcpChecksumAt, 0);
}

void finish_checksum(Frame& frame) noexcept {
  const flowtable::Bytes header(frame.header);
  dataplane::InternetChecksum sum;
  sum.add(header.subspan(kIpAt + 12, 8)).add_number(6);
  sum.add_number(static_cast<uint32_t>(frame.size() - kTcpAt));
  sum.add(header.subspan(kTcpAt, 20)).add(frame.payload);
  flowtable::store_be16(frame.header.data() + kTcpChecksumAt, sum.finish());
}

}  // namespace workload
