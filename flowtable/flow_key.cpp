// SPDX-License-Identifier: Apache-2.0
#include "flowtable/flow_key.hpp"

#include <algorithm>

namespace flowtable {
namespace {

constexpr std::array<uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

IpAddress IpAddress::from_bytes(Bytes address) noexcept {
  IpAddress out;
  if (address.size() == 16) {
    std::ranges::copy(address, out.bytes.begin());
  } else if (address.size() == 4) {
    std::ranges::copy(kMappedPrefix, out.bytes.begin());
    std::ranges::copy(address, out.bytes.begin() + 12);
  }
  return out;
}

bool IpAddress::is_v4() const noexcept {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin());
}

FlowKey::Ordered FlowKey::of(const Endpoint& sender, const Endpoint& receiver,
                             uint8_t protocol) noexcept {
  // Addresses compare like their words: those are in network byte order too.
  const uint64_t sender_high = load_be64(sender.address.bytes.data());
  const uint64_t sender_low = load_be64(sender.address.bytes.data() + 8);
  const uint64_t receiver_high = load_be64(receiver.address.bytes.data());
  const uint64_t receiver_low = load_be64(receiver.address.bytes.data() + 8);
  const bool sender_first = sender_high != receiver_high ? sender_high < receiver_high
                            : sender_low != receiver_low ? sender_low < receiver_low
                                                         : sender.port <= receiver.port;
  const uint16_t networks = (sender_high | receiver_high) != 0 ? kHasNetworks : 0;
  const uint32_t a_port = sender_first ? sender.port : receiver.port;
  const uint32_t b_port = sender_first ? receiver.port : sender.port;
  FlowKey key;
  key.words = {sender_first ? sender_high : receiver_high, sender_first ? sender_low : receiver_low,
               sender_first ? receiver_high : sender_high, sender_first ? receiver_low : sender_low,
               last_word(a_port << 16 | b_port, protocol | networks)};
  return {key, sender_first ? Side::a : Side::b};
}

Endpoint FlowKey::endpoint(Side side) const noexcept {
  const size_t first = side == Side::a ? 0 : 2;
  Endpoint out;
  store_be64(out.address.bytes.data(), words[first]);
  store_be64(out.address.bytes.data() + 8, words[first + 1]);
  out.port = static_cast<uint16_t>(ports() >> (side == Side::a ? 16 : 0));
  return out;
}

}  // namespace flowtable
