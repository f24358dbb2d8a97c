// SPDX-License-Identifier: Apache-2.0
// Frames for tests, said in one expression:
//   PacketBuilder(v4(1, 40000), v4(2, 443)).vlan(0x8100, 7).tcp(TcpFlags::kAck, 1, 1).build()
#pragma once

#include "flowtable/flow_key.hpp"
#include "tests/support/tls_bytes.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tests {

// 10.0.0.`last` and 2001:db8::`last`.
[[nodiscard]] flowtable::Endpoint v4(uint8_t last, uint16_t port);
[[nodiscard]] flowtable::Endpoint v6(uint8_t last, uint16_t port);

// Ethernet, then tags, IPv4 or IPv6 (as the addresses are), extension headers, TCP or UDP, payload,
// and padding behind it all. Every length is right unless it is overridden.
class PacketBuilder {
 public:
  PacketBuilder(const flowtable::Endpoint& sender, const flowtable::Endpoint& receiver)
      : sender_(sender), receiver_(receiver) {}

  PacketBuilder& vlan(uint16_t ether_type, uint16_t tag);
  PacketBuilder& tcp(uint8_t flags, uint32_t seq, uint32_t ack = 0);
  PacketBuilder& udp();  // instead of TCP
  PacketBuilder& payload(ByteString bytes);
  // `words` times four bytes of TCP no-operation options.
  PacketBuilder& tcp_options(uint8_t words);
  // These bytes, a multiple of four, behind them.
  PacketBuilder& tcp_options(ByteString bytes);
  // An IPv6 header of this kind; the first byte of `header` is filled in.
  PacketBuilder& extension(uint8_t kind, ByteString header);
  PacketBuilder& padding(size_t bytes);
  PacketBuilder& ttl(uint8_t hops);

  // Overrides, for packets that are wrong.
  PacketBuilder& ether_type(uint16_t number);
  PacketBuilder& ip_length(uint16_t bytes);  // IPv4 total length, IPv6 payload length
  PacketBuilder& ip_protocol(uint8_t number);
  PacketBuilder& ip_first_byte(uint8_t version_and_length);
  PacketBuilder& ipv4_fragment(uint16_t flags_and_offset);
  PacketBuilder& tcp_offset(uint8_t words);
  PacketBuilder& udp_length(uint16_t bytes);

  [[nodiscard]] ByteString build() const;

 private:
  struct Tag {
    uint16_t ether_type;
    uint16_t tag;
  };
  struct Extension {
    uint8_t kind;
    ByteString header;
  };

  [[nodiscard]] ByteString ip_header(size_t carried_bytes) const;
  [[nodiscard]] ByteString extensions() const;
  [[nodiscard]] ByteString tcp_header() const;
  [[nodiscard]] ByteString udp_header() const;

  flowtable::Endpoint sender_;
  flowtable::Endpoint receiver_;
  std::vector<Tag> tags_;
  std::vector<Extension> extensions_;
  ByteString payload_;
  uint32_t seq_ = 0;
  uint32_t ack_ = 0;
  uint16_t fragment_ = 0x4000;  // do not fragment
  uint8_t flags_ = 0;
  uint8_t option_words_ = 0;
  ByteString options_;
  uint8_t ttl_ = 64;
  uint8_t transport_ = 6;
  size_t padding_ = 0;
  std::optional<uint16_t> ether_type_;
  std::optional<uint16_t> ip_length_;
  std::optional<uint8_t> ip_protocol_;
  std::optional<uint8_t> ip_first_byte_;
  std::optional<uint8_t> tcp_offset_;
  std::optional<uint16_t> udp_length_;
};

}  // namespace tests
