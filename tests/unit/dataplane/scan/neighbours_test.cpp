// SPDX-License-Identifier: Apache-2.0
// ARP, neighbour discovery and echo, byte by byte as the RFCs have them, and whose frames they are.
#include "dataplane/scan/neighbours.hpp"

#include "dataplane/scan/own_addresses.hpp"
#include "tests/unit/dataplane/scan/scan_lab.hpp"

#include <gtest/gtest.h>

namespace dataplane {
namespace {

const MacAddress kOurs = {0x02, 0, 0, 0, 0, 0x01};
const ByteString kPeer = {0x06, 1, 2, 3, 4, 5};

ByteString operator+(ByteString a, const ByteString& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// RFC 826: who has 10.0.0.1? 10.0.0.9 at 06:01:02:03:04:05 wants to know.
ByteString arp_request(uint8_t asked_for = 1, const ByteString& tag = {}) {
  return ByteString({0xff, 0xff, 0xff, 0xff, 0xff, 0xff}) + kPeer + tag +
         ByteString({0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1}) + kPeer + ByteString({10, 0, 0, 9}) +
         ByteString({0, 0, 0, 0, 0, 0, 10, 0, 0, asked_for});
}

ByteString ipv6_address(const IpAddress& address) {
  return {address.bytes.begin(), address.bytes.end()};
}

// RFC 4861 section 4.3: who has 2001:db8::1? 2001:db8::9 wants to know, at its group.
ByteString solicitation(uint8_t hops = 255, bool right_sum = true) {
  const IpAddress group = address_of(Uint128{0xff02} << 112 | Uint128{0x1ff000001});
  ByteString icmp =
      ByteString({135, 0, 0, 0, 0, 0, 0, 0}) + ipv6_address(ip6(0, 1)) + ByteString({1, 1}) + kPeer;
  const ByteString pseudo =
      ipv6_address(ip6(0, 9)) + ipv6_address(group) + ByteString({0, 0, 0, 32, 0, 0, 0, 58}) + icmp;
  uint32_t sum = right_sum ? 0 : 7;
  for (size_t i = 0; i < pseudo.size(); i += 2)
    sum += uint32_t{pseudo[i]} << 8 | pseudo[i + 1];
  while (sum > 0xffff)
    sum = (sum & 0xffff) + (sum >> 16);
  icmp[2] = static_cast<uint8_t>(~sum >> 8);
  icmp[3] = static_cast<uint8_t>(~sum);
  return ByteString({0x33, 0x33, 0xff, 0, 0, 1}) + kPeer +
         ByteString({0x86, 0xdd, 0x60, 0, 0, 0, 0, 32, 58, hops}) + ipv6_address(ip6(0, 9)) +
         ipv6_address(group) + icmp;
}

TEST(Neighbours, AnswersArpForItsOwnAddresses) {
  ScanLab lab({.cores = 3});
  lab.deliver(arp_request());
  ASSERT_EQ(lab.sent.size(), 1u) << "by the core that received it, not by all";
  const ByteString expected =
      kPeer + ByteString({0x02, 0, 0, 0, 0, 0x01, 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 2}) +
      ByteString({0x02, 0, 0, 0, 0, 0x01, 10, 0, 0, 1}) + kPeer + ByteString({10, 0, 0, 9});
  EXPECT_EQ(*lab.sent[0].bytes, expected);
  EXPECT_EQ(lab.count(ScanCounter::neighbours_answered), 1u);
  EXPECT_EQ(lab.count(ScanCounter::neighbours_learned), 3u) << "and all know who asked";
  lab.deliver(arp_request(2));
  EXPECT_EQ(lab.sent.size(), 1u) << "not for others";
}

TEST(Neighbours, AnswersOnItsOwnVlanOnly) {
  ScanLab lab({.vlan = 7});
  lab.deliver(arp_request());
  lab.deliver(arp_request(1, {0x81, 0, 0, 8}));
  EXPECT_TRUE(lab.sent.empty());
  lab.deliver(arp_request(1, {0x81, 0, 0xe0, 7}));
  ASSERT_EQ(lab.sent.size(), 1u);
  EXPECT_EQ(ByteString(lab.sent[0].bytes->begin() + 12, lab.sent[0].bytes->begin() + 18),
            ByteString({0x81, 0, 0, 7, 0x08, 0x06}));
}

TEST(Neighbours, AnswersSolicitations) {
  ScanLab lab({.cores = 2});
  lab.deliver(solicitation());
  ASSERT_EQ(lab.sent.size(), 1u);
  const ByteString& sent = *lab.sent[0].bytes;
  EXPECT_EQ(ByteString(sent.begin(), sent.begin() + 6), kPeer);
  EXPECT_EQ(lab.sent[0].frame.source, ip6(0, 1));
  EXPECT_EQ(lab.sent[0].frame.destination, ip6(0, 9));
  EXPECT_EQ(lab.sent[0].frame.hops, 255);
  // RFC 4861 section 4.4: solicited and override, target, the option with our address.
  EXPECT_EQ(ByteString(sent.begin() + 58, sent.end()),
            ByteString({0x60, 0, 0, 0}) + ipv6_address(ip6(0, 1)) +
                ByteString({2, 1, 0x02, 0, 0, 0, 0, 0x01}));
  EXPECT_EQ(sent[54], 136);
  // What came through a router, or was spoilt, is not believed.
  lab.deliver(solicitation(254));
  lab.deliver(solicitation(255, false));
  EXPECT_EQ(lab.sent.size(), 1u);
  EXPECT_EQ(lab.count(ScanCounter::checksums_wrong), 2u) << "by each core";
}

TEST(Neighbours, AnswersEchoRequestsAndNotTooMany) {
  ScanLab lab({.cores = 2});
  for (const bool v4 : {true, false}) {
    const IpAddress from = v4 ? ip4(10, 9, 9, 9) : ip6(9, 9);
    const ByteString rest = {0, 1, 0, 2, 'p', 'i', 'n', 'g'};
    ByteString frame(200);
    frame.resize(write_icmp(
        lab.to_us(from),
        {from, v4 ? ip4(10, 0, 0, 1) : ip6(0, 1), 64, v4 ? uint8_t{8} : uint8_t{128}, 0, rest},
        frame));
    lab.deliver(frame);
    ASSERT_FALSE(lab.sent.empty());
    const ScanLab::Sent& reply = lab.sent.back();
    EXPECT_EQ(reply.core, 0);
    EXPECT_EQ(reply.frame.destination, from);
    EXPECT_EQ(reply.frame.body[0], v4 ? 0 : 129);
    EXPECT_EQ(ByteString(reply.frame.body.begin() + 4, reply.frame.body.end()), rest);
    for (int i = 0; i < 50; ++i)
      lab.deliver(frame);
    lab.pass(100 * kMs);
  }
  EXPECT_LT(lab.sent.size(), 10u);
  EXPECT_GT(lab.count(ScanCounter::answers_over_rate), 90u);
  EXPECT_GE(lab.count(ScanCounter::echoes_answered), 2u);
}

// Neighbours on their own, as their core uses them.
class NeighboursTest : public testing::Test {
 protected:
  class Wire : public FrameSink {
   public:
    std::span<uint8_t> room() noexcept override {
      return blocked ? std::span<uint8_t>() : std::span<uint8_t>(bytes_);
    }
    void send(size_t) noexcept override { ++sent; }
    int sent = 0;
    bool blocked = false;

   private:
    std::array<uint8_t, 2048> bytes_{};
  };
  NeighboursTest() {
    site_.addresses = {{ip4(10, 0, 0, 1), 104, ip4(10, 0, 0, 254)}};
    site_.mac = kOurs;
  }
  void hear(const IpAddress& from, const MacAddress& mac, uint16_t operation = 2) {
    const ArpMessage message{operation, mac, from, kOurs, ip4(10, 0, 0, 1)};
    ByteString bytes(100);
    bytes.resize(write_arp({kOurs, mac, {}}, message, bytes));
    ScanFrame frame;
    ASSERT_TRUE(read_scan_frame(bytes, {}, frame));
    neighbours_.take_arp(frame, false, now_);
  }
  void pass(TickSpan time) {
    for (const Tick end = now_ + time; now_ < end; now_ += 10 * kMs)
      neighbours_.work(now_);
  }

  ScanSite site_;
  Wire wire_;
  ScanCounters counters_;
  Tick now_ = flowtable::tick_from_ns(1'700'000'000'000'000'000);
  Neighbours neighbours_{{site_, wire_, counters_}, now_};
  using State = Neighbours::State;
};

TEST_F(NeighboursTest, AsksThreeTimesThenSaysAbsentAndLaterAgain) {
  const IpAddress peer = ip4(10, 0, 0, 9);
  const uint32_t place = neighbours_.find(peer, now_).number;
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(neighbours_.find(peer, now_).state, State::asking);
  EXPECT_EQ(wire_.sent, 1);
  pass(2900 * kMs);
  EXPECT_EQ(wire_.sent, 3);
  EXPECT_TRUE(neighbours_.settled().empty());
  pass(200 * kMs);
  ASSERT_EQ(neighbours_.settled().size(), 1u);
  EXPECT_EQ(neighbours_.settled()[0], place);
  neighbours_.clear_settled();
  EXPECT_EQ(neighbours_.find(peer, now_).state, State::absent);
  pass(3 * kSecond);
  EXPECT_EQ(neighbours_.find(peer, now_).state, State::asking);
  EXPECT_EQ(counters_.get(ScanCounter::neighbours_asked), 4u);
  hear(peer, {2, 0, 0, 0, 0, 9});
  EXPECT_EQ(neighbours_.find(peer, now_).mac, (MacAddress{2, 0, 0, 0, 0, 9}));
  EXPECT_EQ(neighbours_.settled().size(), 1u);
}

TEST_F(NeighboursTest, ConfirmsWhatIsUsedAndForgetsWhoIsGone) {
  const IpAddress peer = ip4(10, 0, 0, 9);
  (void)neighbours_.find(peer, now_);
  hear(peer, {2, 0, 0, 0, 0, 9});
  pass(59 * kSecond);
  EXPECT_EQ(neighbours_.find(peer, now_).state, State::known);
  EXPECT_EQ(wire_.sent, 1);
  pass(2 * kSecond);
  EXPECT_EQ(neighbours_.find(peer, now_).state, State::known) << "used while it is asked for";
  EXPECT_EQ(wire_.sent, 2);
  hear(peer, {2, 0, 0, 0, 0, 10});
  EXPECT_EQ(neighbours_.find(peer, now_).mac[5], 10);
  pass(61 * kSecond);
  for (int second = 0; second < 8; ++second) {
    (void)neighbours_.find(peer, now_);
    pass(kSecond);
  }
  EXPECT_NE(neighbours_.find(peer, now_).state, State::known);
}

TEST_F(NeighboursTest, BelievesNobodyWhoCannotBeANeighbour) {
  hear(ip4(10, 0, 0, 1), {2, 0, 0, 0, 0, 9}, 1);
  hear(ip4(11, 0, 0, 1), {2, 0, 0, 0, 0, 9}, 1);
  hear(ip4(10, 0, 0, 9), {3, 0, 0, 0, 0, 9}, 1);
  EXPECT_EQ(counters_.get(ScanCounter::neighbours_disbelieved), 3u);
  EXPECT_EQ(counters_.get(ScanCounter::neighbours_learned), 0u);
}

TEST_F(NeighboursTest, HasBoundedRoom) {
  // More than there are places, all at once: those who are asked for stay.
  for (uint32_t i = 0; i < 3 * Neighbours::kPlaces; ++i)
    (void)neighbours_.find(address_of(number_of(ip4(10, 1, 0, 0)) + i), now_);
  EXPECT_GT(counters_.get(ScanCounter::neighbours_full), Neighbours::kPlaces);
  EXPECT_EQ(static_cast<uint64_t>(wire_.sent), counters_.get(ScanCounter::neighbours_asked));
  for (uint32_t i = 0; i < 3 * Neighbours::kPlaces; ++i)
    hear(address_of(number_of(ip4(10, 1, 0, 0)) + i), {2, 0, 0, 0, 0, 9}, 1);
  EXPECT_GT(counters_.get(ScanCounter::neighbours_displaced), Neighbours::kPlaces);
  wire_.blocked = true;
  (void)neighbours_.find(ip4(10, 0, 0, 77), now_);
  EXPECT_EQ(counters_.get(ScanCounter::neighbour_frames_unsent), 1u);
}

TEST(OwnAddresses, SharesOfPortsAreEvenAndCoverAll) {
  for (const PortRange& range : {PortRange{40000, 10000}, PortRange{1, 7}, PortRange{65000, 536}}) {
    for (uint16_t cores = 1; cores <= 7; ++cores) {
      uint32_t next = range.first;
      for (uint16_t core = 0; core < cores; ++core) {
        const PortRange share = share_of(range, core, cores);
        ASSERT_EQ(share.first, next);
        ASSERT_NEAR(share.count, double{1} * range.count / cores, 1);
        for (uint32_t port = next; port < next + share.count; ++port)
          ASSERT_EQ(owner_of(range, static_cast<uint16_t>(port), cores), core);
        next += share.count;
      }
      ASSERT_EQ(next, uint32_t{range.first} + range.count);
    }
  }
}

TEST(OwnerOfFrame, LeavesOthersFramesToTheTap) {
  ScanLab lab({.cores = 3});
  const auto owner = [&](const Endpoint& from, const Endpoint& to) {
    OwnSegment segment;
    segment.from = from;
    segment.to = to;
    ByteString frame(200);
    frame.resize(write_segment({}, segment, frame));
    return owner_of_frame(lab.site, 3, frame);
  };
  using Whose = FrameOwner::Whose;
  const Endpoint peer{ip4(10, 1, 0, 9), 443};
  EXPECT_EQ(owner(peer, {ip4(10, 0, 0, 1), 40'000}).whose, Whose::one_core);
  EXPECT_EQ(owner(peer, {ip4(10, 0, 0, 1), 40'000}).core, 0);
  EXPECT_EQ(owner(peer, {ip4(10, 0, 0, 1), 49'999}).core, 2);
  EXPECT_EQ(owner(peer, {ip4(10, 0, 0, 1), 55'000}).core, 1);
  EXPECT_EQ(owner(peer, {ip4(10, 0, 0, 1), 22}).whose, Whose::nobody);
  EXPECT_EQ(owner(peer, {ip4(10, 0, 0, 2), 40'000}).whose, Whose::nobody);
  EXPECT_EQ(owner_of_frame(lab.site, 3, arp_request()).whose, Whose::every_core);
  EXPECT_EQ(owner_of_frame(lab.site, 3, arp_request(2)).whose, Whose::nobody);
  EXPECT_EQ(owner_of_frame(lab.site, 3, solicitation()).whose, Whose::every_core);
  EXPECT_EQ(owner_of_frame(lab.site, 3, {}).whose, Whose::nobody);
}

}  // namespace
}  // namespace dataplane
