// SPDX-License-Identifier: Apache-2.0
// Headers of our own frames, from Ethernet to IP.
#pragma once

#include "dataplane/scan/internet_checksum.hpp"
#include "flowtable/base/big_endian.hpp"
#include "flowtable/base/byte_reader.hpp"
#include "flowtable/flow_key.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace dataplane {

using MacAddress = std::array<uint8_t, 6>;

// How frames of ours leave: the same for all that go through one neighbour.
struct LinkHeader {
  MacAddress next_hop{};
  MacAddress ours{};
  std::optional<uint16_t> vlan;  // 802.1Q identifier, 0 … 4095
};

struct EtherType {
  static constexpr uint16_t kIpv4 = 0x0800, kArp = 0x0806, kVlan = 0x8100, kIpv6 = 0x86DD;
};
struct IpProtocol {
  static constexpr uint8_t kIcmp = 1, kTcp = 6, kUdp = 17, kIcmp6 = 58;
};

// Writes from the front of a buffer that was found long enough.
class Front {
 public:
  explicit Front(uint8_t* at) noexcept : begin_(at), at_(at) {}
  uint8_t* take(size_t length) noexcept {
    uint8_t* const out = at_;
    at_ += length;
    return out;
  }
  void put(flowtable::Bytes bytes) noexcept { std::ranges::copy(bytes, take(bytes.size())); }
  void put16(uint16_t value) noexcept { flowtable::store_be16(take(2), value); }
  [[nodiscard]] size_t size() const noexcept { return static_cast<size_t>(at_ - begin_); }

 private:
  uint8_t* begin_;
  uint8_t* at_;
};

// The bytes that an address has in a header. Borrows from `address`.
[[nodiscard]] inline flowtable::Bytes wire_address(const flowtable::IpAddress& address) noexcept {
  const flowtable::Bytes all(address.bytes);
  return address.is_v4() ? all.subspan(12) : all;
}

// What an IP header of ours says. Both addresses are of one family.
struct OwnPacket {
  flowtable::IpAddress from;
  flowtable::IpAddress to;
  uint8_t protocol = 0;
  uint8_t hops = 64;
  size_t bytes = 0;  // behind the IP header
};

// Of the whole frame.
[[nodiscard]] size_t frame_bytes(const LinkHeader& link, const OwnPacket& packet) noexcept;
// Ethernet and 802.1Q where asked for.
void put_link(Front& front, const LinkHeader& link, uint16_t ether_type) noexcept;
// These, and IPv4 (do not fragment) or IPv6 without options.
void put_ip(Front& front, const LinkHeader& link, const OwnPacket& packet) noexcept;

// The part of a checksum that stands for the pseudo-header (RFC 9293 section 3.1, RFC 8200 section
// 8.1).
[[nodiscard]] InternetChecksum pseudo_header(const OwnPacket& packet) noexcept;

}  // namespace dataplane
