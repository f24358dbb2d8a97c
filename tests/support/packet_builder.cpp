// SPDX-License-Identifier: Apache-2.0
#include "tests/support/packet_builder.hpp"

#include <utility>

namespace tests {
namespace {

constexpr uint8_t kUdp = 17;

void append_be16(ByteString& to, size_t value) {
  to.push_back(static_cast<uint8_t>(value >> 8));
  to.push_back(static_cast<uint8_t>(value));
}

void append_be32(ByteString& to, uint32_t value) {
  append_be16(to, value >> 16);
  append_be16(to, value & 0xffff);
}

void append_address(ByteString& to, const flowtable::IpAddress& address) {
  const auto begin = address.bytes.begin() + (address.is_v4() ? 12 : 0);
  to.insert(to.end(), begin, address.bytes.end());
}

}  // namespace

flowtable::Endpoint v4(uint8_t last, uint16_t port) {
  const uint8_t address[] = {10, 0, 0, last};
  return {flowtable::IpAddress::from_bytes(address), port};
}

flowtable::Endpoint v6(uint8_t last, uint16_t port) {
  const uint8_t address[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last};
  return {flowtable::IpAddress::from_bytes(address), port};
}

PacketBuilder& PacketBuilder::vlan(uint16_t ether_type, uint16_t tag) {
  tags_.push_back({ether_type, tag});
  return *this;
}

PacketBuilder& PacketBuilder::tcp(uint8_t flags, uint32_t seq, uint32_t ack) {
  flags_ = flags;
  seq_ = seq;
  ack_ = ack;
  return *this;
}

PacketBuilder& PacketBuilder::udp() {
  transport_ = kUdp;
  return *this;
}

PacketBuilder& PacketBuilder::udp_length(uint16_t bytes) {
  udp_length_ = bytes;
  return *this;
}

PacketBuilder& PacketBuilder::payload(ByteString bytes) {
  payload_ = std::move(bytes);
  return *this;
}

PacketBuilder& PacketBuilder::tcp_options(uint8_t words) {
  option_words_ = words;
  return *this;
}

PacketBuilder& PacketBuilder::tcp_options(ByteString bytes) {
  options_ = std::move(bytes);
  return *this;
}

PacketBuilder& PacketBuilder::extension(uint8_t kind, ByteString header) {
  extensions_.push_back({kind, std::move(header)});
  return *this;
}

PacketBuilder& PacketBuilder::padding(size_t bytes) {
  padding_ = bytes;
  return *this;
}

PacketBuilder& PacketBuilder::ttl(uint8_t hops) {
  ttl_ = hops;
  return *this;
}

PacketBuilder& PacketBuilder::ether_type(uint16_t number) {
  ether_type_ = number;
  return *this;
}

PacketBuilder& PacketBuilder::ip_length(uint16_t bytes) {
  ip_length_ = bytes;
  return *this;
}

PacketBuilder& PacketBuilder::ip_protocol(uint8_t number) {
  ip_protocol_ = number;
  return *this;
}

PacketBuilder& PacketBuilder::ip_first_byte(uint8_t version_and_length) {
  ip_first_byte_ = version_and_length;
  return *this;
}

PacketBuilder& PacketBuilder::ipv4_fragment(uint16_t flags_and_offset) {
  fragment_ = flags_and_offset;
  return *this;
}

PacketBuilder& PacketBuilder::tcp_offset(uint8_t words) {
  tcp_offset_ = words;
  return *this;
}

ByteString PacketBuilder::ip_header(size_t carried_bytes) const {
  const bool is_v4 = sender_.address.is_v4();
  const uint8_t first_next = extensions_.empty() ? transport_ : extensions_.front().kind;
  const uint8_t protocol = ip_protocol_.value_or(first_next);
  ByteString out;
  out.push_back(ip_first_byte_.value_or(is_v4 ? 0x45 : 0x60));
  if (is_v4) {
    out.push_back(0);
    append_be16(out, ip_length_.value_or(static_cast<uint16_t>(20 + carried_bytes)));
    append_be16(out, 1);
    append_be16(out, fragment_);
    out.insert(out.end(), {ttl_, protocol, 0, 0});
  } else {
    out.insert(out.end(), {0, 0, 0});
    append_be16(out, ip_length_.value_or(static_cast<uint16_t>(carried_bytes)));
    out.insert(out.end(), {protocol, ttl_});
  }
  append_address(out, sender_.address);
  append_address(out, receiver_.address);
  return out;
}

ByteString PacketBuilder::extensions() const {
  ByteString out;
  for (size_t i = 0; i < extensions_.size(); ++i) {
    ByteString header = extensions_[i].header;
    header.front() = i + 1 < extensions_.size() ? extensions_[i + 1].kind : transport_;
    out.insert(out.end(), header.begin(), header.end());
  }
  return out;
}

ByteString PacketBuilder::tcp_header() const {
  constexpr uint8_t kNoOperation = 1;
  ByteString out;
  append_be16(out, sender_.port);
  append_be16(out, receiver_.port);
  append_be32(out, seq_);
  append_be32(out, ack_);
  const uint8_t words =
      tcp_offset_.value_or(static_cast<uint8_t>(5 + option_words_ + options_.size() / 4));
  out.push_back(static_cast<uint8_t>(words << 4));
  out.push_back(flags_);
  append_be16(out, 512);
  append_be32(out, 0);
  out.insert(out.end(), size_t{option_words_} * 4, kNoOperation);
  out.insert(out.end(), options_.begin(), options_.end());
  return out;
}

ByteString PacketBuilder::udp_header() const {
  constexpr size_t kHeaderBytes = 8;
  ByteString out;
  append_be16(out, sender_.port);
  append_be16(out, receiver_.port);
  append_be16(out, udp_length_.value_or(static_cast<uint16_t>(kHeaderBytes + payload_.size())));
  append_be16(out, 0);
  return out;
}

ByteString PacketBuilder::build() const {
  ByteString frame(12, 0x02);
  for (const Tag& tag : tags_) {
    append_be16(frame, tag.ether_type);
    append_be16(frame, tag.tag);
  }
  append_be16(frame, ether_type_.value_or(sender_.address.is_v4() ? 0x0800 : 0x86dd));
  const ByteString carried =
      join({extensions(), transport_ == kUdp ? udp_header() : tcp_header(), payload_});
  return join({frame, ip_header(carried.size()), carried, ByteString(padding_, 0xfe)});
}

}  // namespace tests
