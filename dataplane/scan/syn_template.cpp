// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/syn_template.hpp"

#include "dataplane/packet_view.hpp"
#include "dataplane/scan/tcp_connection.hpp"
#include "dataplane/scan/tcp_options.hpp"

#include <algorithm>

namespace dataplane {

using flowtable::IpAddress;
using flowtable::load_be16;

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
  ip_sum_ = static_cast<uint16_t>(~load_be16(bytes_.data() + ip_at_ + 10));
  tcp_sum_ = static_cast<uint16_t>(~load_be16(bytes_.data() + tcp_at_ + 16));
}

size_t SynTemplate::write_short(const MacAddress& next_hop, const Probe& probe,
                                std::span<uint8_t> frame) const noexcept {
  if (frame.size() < size_) return 0;
  std::copy_n(bytes_.begin(), size_, frame.begin());
  put(next_hop, probe, frame.data());
  return size_;
}

}  // namespace dataplane
