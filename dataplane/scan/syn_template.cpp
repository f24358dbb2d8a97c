// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/syn_template.hpp"

#include "dataplane/packet_view.hpp"
#include "dataplane/scan/tcp_connection.hpp"
#include "dataplane/scan/tcp_options.hpp"

namespace dataplane {

using flowtable::Bytes;
using flowtable::IpAddress;
using flowtable::load_be16;
using flowtable::store_be16;
using flowtable::store_be32;

namespace {

constexpr size_t kSourceSize = 20;                // of TCP's header up to the options
constexpr size_t kTimestampAt = kSourceSize + 8;  // syn_options()

// Adds to a checksum what was 0 where it was made.
uint16_t with(uint16_t checksum, InternetChecksum& added) noexcept {
  return added.add_number(static_cast<uint16_t>(~checksum)).finish();
}

}  // namespace

SynTemplate::SynTemplate(const LinkHeader& link, const IpAddress& ours, uint16_t mss) noexcept {
  OwnSegment segment;
  segment.from = {ours, 0};
  // The address of which every byte on the wire is 0, of the same family.
  const IpAddress nobody =
      ours.is_v4() ? IpAddress::from_bytes(std::array<uint8_t, 4>{}) : IpAddress();
  segment.to = {nobody, 0};
  segment.flags = TcpFlags::kSyn;
  segment.window = kSynWindow;
  const OptionBytes options = syn_options(mss, kWindowShift, 0);
  segment.options = options.bytes;
  segment.options_size = options.size;
  size_ = write_segment(link, segment, bytes_);
  ip_at_ = link.vlan ? 18 : 14;
  tcp_at_ = ip_at_ + (ours.is_v4() ? 20 : 40);
}

size_t SynTemplate::write(const MacAddress& next_hop, const Probe& probe,
                          std::span<uint8_t> frame) const noexcept {
  if (frame.size() < size_) return 0;
  std::copy_n(bytes_.begin(), size_, frame.begin());
  std::ranges::copy(next_hop, frame.begin());
  const Bytes address = wire_address(probe.target.address);
  uint8_t* const ip = frame.data() + ip_at_;
  InternetChecksum target_sum;
  target_sum.add(address);
  if (address.size() == 4) {
    std::ranges::copy(address, ip + 16);
    InternetChecksum sum = target_sum;
    store_be16(ip + 10, with(load_be16(ip + 10), sum));
  } else {
    std::ranges::copy(address, ip + 24);
  }
  uint8_t* const tcp = frame.data() + tcp_at_;
  store_be16(tcp, probe.source_port);
  store_be16(tcp + 2, probe.target.port);
  store_be32(tcp + 4, probe.sequence);
  store_be32(tcp + kTimestampAt, probe.timestamp);
  target_sum.add_number(probe.source_port)
      .add_number(probe.target.port)
      .add_number(probe.sequence)
      .add_number(probe.timestamp);
  store_be16(tcp + 16, with(load_be16(tcp + 16), target_sum));
  return size_;
}

}  // namespace dataplane
