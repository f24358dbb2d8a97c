// SPDX-License-Identifier: Apache-2.0
#include "dataplane/flow_owners.hpp"

#include <gtest/gtest.h>

namespace dataplane {
namespace {

using flowtable::Endpoint;
using flowtable::FlowKey;

PacketView packet_of(const Endpoint& from, const Endpoint& to, uint8_t protocol) {
  PacketView view;
  view.key = FlowKey::of(from, to, protocol).key;
  view.hash = hash_flow_key(view.key, 9);
  return view;
}

Endpoint v4(uint32_t address, uint16_t port) {
  const uint8_t bytes[] = {static_cast<uint8_t>(address >> 24), static_cast<uint8_t>(address >> 16),
                           static_cast<uint8_t>(address >> 8), static_cast<uint8_t>(address)};
  return {flowtable::IpAddress::from_bytes(bytes), port};
}

TEST(FlowOwners, GiveOneCoreEverything) {
  EXPECT_EQ(FlowOwners().of_flow(packet_of(v4(1, 2), v4(3, 4), 6)), 0);
  EXPECT_EQ(FlowOwners().num_cores(), 1);
}

// What a card is not told to hash comes by its first queue.
TEST(FlowOwners, FollowTheCardWhereItHashesNothing) {
  RssRule rule;
  rule.tcp = {RssInput::addresses_and_ports, RssInput::nothing};
  rule.reta_period = 64;
  const FlowOwners owners(4, rule);
  std::array<int, 4> spread{};
  Endpoint v6;
  v6.address.bytes[0] = 0x20;
  for (uint16_t port = 1; port <= 400; ++port) {
    ++spread[owners.of_flow(packet_of(v4(0x0a000001, port), v4(0x0a000002, 443), 6))];
    EXPECT_EQ(owners.of_flow(packet_of(v4(port, 53), v4(0x0a000002, 443), 17)), 0);
    v6.port = port;
    EXPECT_EQ(owners.of_flow(packet_of(v6, {v6.address, 443}, 6)), 0);
  }
  for (const int flows : spread)
    EXPECT_GT(flows, 50);
}

TEST(FlowOwners, FollowTheCardWhereItHashesAddressesOnly) {
  RssRule rule;
  rule.tcp = {RssInput::addresses, RssInput::addresses};
  rule.reta_period = 64;
  const FlowOwners owners(4, rule);
  const uint16_t owner = owners.of_flow(packet_of(v4(0x0a000001, 1), v4(0x0a000002, 443), 6));
  for (uint16_t port = 2; port <= 100; ++port)
    EXPECT_EQ(owners.of_flow(packet_of(v4(0x0a000001, port), v4(0x0a000002, 443), 6)), owner);
}

}  // namespace
}  // namespace dataplane
