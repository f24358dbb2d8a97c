// SPDX-License-Identifier: Apache-2.0
#include "dataplane/fragment_table.hpp"

#include "dataplane/packet_decode.hpp"
#include "tests/support/ip_fragmenter.hpp"
#include "tests/support/packet_builder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <numeric>

namespace dataplane {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using tests::ByteString;
using tests::fragment_of;
using tests::FragmentCut;
using tests::fragments_of;

constexpr size_t kEthernet = 14;

ByteString counting(size_t bytes) {
  ByteString out(bytes);
  std::iota(out.begin(), out.end(), uint8_t{1});
  return out;
}

// A raw IP packet of 20 bytes of TCP header and `payload`.
ByteString packet_of(tests::PacketBuilder builder, const ByteString& payload) {
  const ByteString frame = builder.tcp(TcpFlags::kAck, 7, 9).payload(payload).build();
  return tests::part_of(frame, kEthernet, frame.size() - kEthernet);
}
ByteString packet4(const ByteString& payload) {
  return packet_of({tests::v4(1, 40000), tests::v4(2, 443)}, payload);
}
ByteString packet6(const ByteString& payload) {
  return packet_of({tests::v6(1, 40000), tests::v6(2, 443)}, payload);
}

class Fragments : public ::testing::Test {
 protected:
  explicit Fragments(const FragmentTable::Options& options = {}) : table_(options, counters_) {}

  // What the fragment completes; empty where nothing.
  ByteString take(const ByteString& packet) {
    FragmentView view;
    const DropReason reason = decode_fragment(LinkType::raw_ip, packet, {now_, 0, 5}, view);
    EXPECT_EQ(reason, DropReason::none) << name_of(reason);
    const JoinedPacket joined = table_.take(view, room_);
    if (!joined.bytes.empty()) wire_bytes_ = joined.wire_bytes;
    return {joined.bytes.begin(), joined.bytes.end()};
  }
  ByteString take_all(const std::vector<ByteString>& packets) {
    ByteString out;
    for (const ByteString& packet : packets) {
      EXPECT_TRUE(out.empty());
      out = take(packet);
    }
    return out;
  }
  // What a packet put together must say of itself.
  static void expect_packet(const ByteString& joined, const ByteString& original) {
    PacketView view, whole;
    ASSERT_EQ(decode_packet(LinkType::raw_ip, joined, {{}, 0, 5}, view), DropReason::none);
    ASSERT_EQ(decode_packet(LinkType::raw_ip, original, {{}, 0, 5}, whole), DropReason::none);
    EXPECT_EQ(joined.size(), original.size());
    EXPECT_EQ(view.key, whole.key);
    EXPECT_EQ(view.sender, whole.sender);
    EXPECT_EQ(view.seq, whole.seq);
    EXPECT_EQ(view.ttl, whole.ttl);
    EXPECT_TRUE(std::ranges::equal(view.payload, whole.payload));
  }
  uint64_t count(PathCounter name) const { return counters_.path.get(name); }
  uint64_t drops(DropReason reason) const { return counters_.drops.get(reason); }
  // Every datagram ends in one way, or is still open.
  void check_book() const {
    EXPECT_EQ(count(PathCounter::datagrams_fragmented),
              count(PathCounter::datagrams_reassembled) + drops(DropReason::fragment_timeout) +
                  drops(DropReason::fragment_table_full) + drops(DropReason::fragment_overlap) +
                  table_.num_open());
  }

  CoreCounters counters_;
  FragmentTable table_;
  flowtable::Tick now_ = flowtable::tick_from_ns(1'700'000'000'000'000'000);
  std::vector<uint8_t> room_ = std::vector<uint8_t>(FragmentTable::kPacketBytesMax);
  uint32_t wire_bytes_ = 0;
};

TEST_F(Fragments, AreJoinedInAnyOrder) {
  for (const ByteString& packet : {packet4(counting(60)), packet6(counting(60))}) {
    std::vector<ByteString> fragments = fragments_of(packet, 24);
    ASSERT_EQ(fragments.size(), 4u);
    std::ranges::sort(fragments);
    uint64_t joined = count(PathCounter::datagrams_reassembled);
    do {
      expect_packet(take_all(fragments), packet);
      ASSERT_EQ(count(PathCounter::datagrams_reassembled), ++joined);
      now_ += 1s;  // another datagram with the same number
    } while (std::ranges::next_permutation(fragments).found);
  }
  EXPECT_EQ(count(PathCounter::datagrams_reassembled), 48u);
  EXPECT_EQ(count(PathCounter::fragments_taken), 4u * 48u);
  EXPECT_EQ(count(PathCounter::fragments_duplicate), 0u);
  check_book();
}

TEST_F(Fragments, MayBeEightBytesLong) {
  const ByteString packet = packet4(counting(1400));
  const std::vector<ByteString> fragments = fragments_of(packet, 8);
  expect_packet(take_all(fragments), packet);
  EXPECT_EQ(wire_bytes_, fragments.size() * 28 - 4);
}

TEST_F(Fragments, MakeTheLongestPacketThereCanBe) {
  for (const ByteString& packet : {packet4(counting(65535 - 40)), packet6(counting(65535 - 20))}) {
    std::vector<ByteString> fragments = fragments_of(packet, 1480);
    std::ranges::reverse(fragments);
    expect_packet(take_all(fragments), packet);
  }
}

TEST_F(Fragments, BeyondTheLongestPacketAreBad) {
  const ByteString long4 = packet4(counting(100));
  // The "ping of death": the last fragment says a place near the end, and is too long for it.
  ByteString death = fragment_of(long4, {0, 64, false});
  flowtable::store_be16(death.data() + 6, 8189);
  EXPECT_TRUE(take(death).empty());
  EXPECT_EQ(drops(DropReason::fragment_bad), 1u);
  ByteString death6 = fragment_of(packet6(counting(100)), {0, 64, false});
  flowtable::store_be16(death6.data() + 42, 0xffe0);
  EXPECT_TRUE(take(death6).empty());
  EXPECT_EQ(drops(DropReason::fragment_bad), 2u);
  // Only the last may have a length that is no multiple of eight.
  EXPECT_TRUE(take(fragment_of(long4, {0, 60, true})).empty());
  // Nothing at all.
  EXPECT_TRUE(take(fragment_of(long4, {8, 8, false})).empty());
  EXPECT_EQ(drops(DropReason::fragment_bad), 4u);
  EXPECT_EQ(count(PathCounter::fragments_taken), 0u);
  EXPECT_EQ(table_.num_open(), 0u);
}

TEST_F(Fragments, ComeTwiceWithoutHarm) {
  for (const ByteString& packet : {packet4(counting(60)), packet6(counting(60))}) {
    for (const ByteString& fragment : fragments_of(packet, 24)) {
      const ByteString first = take(fragment);
      if (!first.empty()) expect_packet(first, packet);
      EXPECT_TRUE(take(fragment).empty());
    }
  }
  // The repetition of the last one found its datagram joined, and began none.
  EXPECT_EQ(table_.num_open(), 0u);
  EXPECT_EQ(count(PathCounter::fragments_duplicate), 8u);
  EXPECT_EQ(count(PathCounter::datagrams_reassembled), 2u);
  EXPECT_EQ(count(PathCounter::datagrams_conflicting), 0u);
  check_book();
}

TEST_F(Fragments, ThatOverlapInIpv4LeaveTheFirstBytes) {
  const ByteString packet = packet4(counting(60));
  ByteString other = packet;
  std::fill(other.begin() + 20, other.end(), uint8_t{0xee});
  EXPECT_TRUE(take(fragment_of(packet, {0, 24, true})).empty());
  EXPECT_TRUE(take(fragment_of(packet, {48, 80, false})).empty());
  // Overlaps both, and fills what is between.
  const ByteString joined = take(fragment_of(other, {16, 56, true}));
  ASSERT_EQ(joined.size(), packet.size());
  EXPECT_TRUE(std::equal(joined.begin() + 20, joined.begin() + 44, packet.begin() + 20));
  EXPECT_TRUE(std::equal(joined.begin() + 44, joined.begin() + 68, other.begin() + 44));
  EXPECT_TRUE(std::equal(joined.begin() + 68, joined.end(), packet.begin() + 68));
  EXPECT_EQ(count(PathCounter::datagrams_conflicting), 1u);
  EXPECT_EQ(count(PathCounter::datagrams_reassembled), 1u);
}

// RFC 5722 section 4: the datagram goes, with those fragments of it that have not come yet.
TEST_F(Fragments, ThatOverlapInIpv6EndTheDatagram) {
  const ByteString packet = packet6(counting(60));
  EXPECT_TRUE(take(fragment_of(packet, {0, 24, true})).empty());
  // The same bytes, but not a repetition.
  EXPECT_TRUE(take(fragment_of(packet, {16, 48, true})).empty());
  EXPECT_EQ(drops(DropReason::fragment_overlap), 1u);
  EXPECT_TRUE(take_all(fragments_of(packet, 24)).empty());
  EXPECT_EQ(table_.num_open(), 0u);
  check_book();
  now_ += 31s;  // after that the number is free again
  expect_packet(take_all(fragments_of(packet, 24)), packet);
}

TEST_F(Fragments, ThatDisagreeOnTheEndEndTheDatagram) {
  const auto broken_by = [&](const ByteString& packet, const FragmentCut& first,
                             const FragmentCut& second) {
    now_ += 60s;
    const uint64_t before = drops(DropReason::fragment_overlap);
    EXPECT_TRUE(take(fragment_of(packet, first)).empty());
    EXPECT_TRUE(take(fragment_of(packet, second)).empty());
    return drops(DropReason::fragment_overlap) - before;
  };
  for (const ByteString& packet : {packet4(counting(60)), packet6(counting(60))}) {
    EXPECT_EQ(broken_by(packet, {48, 80, false}, {24, 56, false}), 1u);  // two ends
    EXPECT_EQ(broken_by(packet, {24, 56, false}, {56, 80, true}), 1u);   // bytes behind the end
    EXPECT_EQ(broken_by(packet, {56, 80, true}, {24, 56, false}), 1u);   // an end before bytes
  }
  check_book();
}

// Of IPv4 the number alone is not enough: two busy hosts use all 65,536 of them within a second.
TEST_F(Fragments, ThatContradictLaterAreOfAnotherIpv4Datagram) {
  const ByteString old = packet4(ByteString(60, 0x11));
  const ByteString next = packet4(counting(80));
  EXPECT_TRUE(take(fragment_of(old, {0, 48, true})).empty());
  now_ += 700ms;
  expect_packet(take_all(fragments_of(next, 48)), next);
  EXPECT_EQ(drops(DropReason::fragment_timeout), 1u);
  EXPECT_EQ(count(PathCounter::datagrams_conflicting), 0u);
  // An end that differs says the same.
  now_ += 1s;
  EXPECT_TRUE(take(fragment_of(old, {48, 80, false})).empty());
  now_ += 700ms;
  expect_packet(take_all({fragment_of(next, {48, 100, false}), fragment_of(next, {0, 48, true})}),
                next);
  EXPECT_EQ(drops(DropReason::fragment_timeout), 2u);
  EXPECT_EQ(drops(DropReason::fragment_overlap), 0u);
  check_book();
}

// A tunnel that sends as fast as it can: its numbers come round again within 100 ms.
TEST_F(Fragments, OfAFastSenderAreNotTakenForRepetitions) {
  for (int i = 0; i < 20; ++i) {
    const ByteString packet = packet4(ByteString(100, static_cast<uint8_t>(i)));
    expect_packet(take_all(fragments_of(packet, 48)), packet);
    now_ += 80ms;
  }
  EXPECT_EQ(count(PathCounter::fragments_duplicate), 0u);
  // One fragment lost, and the number again.
  EXPECT_TRUE(take(fragment_of(packet4(ByteString(100, 'x')), {0, 48, true})).empty());
  now_ += 80ms;
  const ByteString packet = packet4(counting(100));
  expect_packet(take_all(fragments_of(packet, 48)), packet);
  EXPECT_EQ(count(PathCounter::datagrams_conflicting), 0u);
  check_book();
}

TEST_F(Fragments, BelongTogetherByEverythingTheStandardsName) {
  const ByteString packet = packet4(counting(60));
  const auto lonely = [&](const std::vector<ByteString>& two) {
    EXPECT_TRUE(take_all(two).empty());
    table_.drain();
  };
  lonely({fragment_of(packet, {0, 48, true, 1}), fragment_of(packet, {48, 80, false, 2})});
  ByteString udp = packet;
  udp[9] = 17;
  lonely({fragment_of(packet, {0, 48, true}), fragment_of(udp, {48, 80, false})});
  const ByteString back = packet_of({tests::v4(2, 443), tests::v4(1, 40000)}, counting(60));
  lonely({fragment_of(packet, {0, 48, true}), fragment_of(back, {48, 80, false})});
  // RFC 8200 section 4.5: of IPv6 the first fragment alone says what it carries.
  const ByteString packet_v6 = packet6(counting(60));
  ByteString odd = fragment_of(packet_v6, {48, 80, false});
  odd[40] = 17;
  expect_packet(take_all({odd, fragment_of(packet_v6, {0, 48, true})}), packet_v6);
  EXPECT_EQ(drops(DropReason::fragment_timeout), 6u);
  check_book();
}

TEST_F(Fragments, OfOneNumberInBothVersionsStayApart) {
  // An IPv6 packet whose addresses are IPv4 ones in their mapped form.
  const ByteString packet = packet4(counting(60));
  ByteString mapped = tests::part_of(packet6(counting(60)), 0, 40);
  const ByteString v4_header = tests::part_of(packet, 0, 20);
  for (const size_t which : {0u, 1u}) {
    uint8_t* const address = mapped.data() + 8 + 16 * which;
    std::fill_n(address, 16, uint8_t{0});
    address[10] = address[11] = 0xff;
    std::copy_n(v4_header.begin() + 12 + 4 * static_cast<std::ptrdiff_t>(which), 4, address + 12);
  }
  mapped = tests::with_payload(mapped, 6, tests::part_of(packet, 20, packet.size() - 20));
  EXPECT_TRUE(take(fragment_of(packet, {0, 48, true})).empty());
  EXPECT_TRUE(take(fragment_of(mapped, {48, 80, false})).empty());
  EXPECT_EQ(table_.num_open(), 2u);
}

TEST_F(Fragments, AreForgottenAfterTheirTime) {
  const ByteString packet = packet4(counting(60));
  EXPECT_TRUE(take(fragment_of(packet, {0, 48, true})).empty());
  now_ += 30s;
  EXPECT_EQ(table_.expire(now_, 10), 0u);
  now_ += 1ms;
  // Too late, whether or not expire() has come by.
  EXPECT_TRUE(take(fragment_of(packet, {48, 80, false})).empty());
  EXPECT_EQ(drops(DropReason::fragment_timeout), 1u);
  EXPECT_EQ(table_.num_open(), 1u);
  now_ += 31s;
  EXPECT_EQ(table_.expire(now_, 10), 1u);
  EXPECT_EQ(table_.num_open(), 0u);
  // A clock that was set back that far ends them too.
  EXPECT_TRUE(take(fragment_of(packet, {0, 48, true})).empty());
  now_ -= 3600s;
  EXPECT_EQ(table_.expire(now_, 10), 1u);
  EXPECT_EQ(drops(DropReason::fragment_timeout), 3u);
  check_book();
}

class FewFragments : public Fragments {
 protected:
  FewFragments() : Fragments({.datagrams_max = 4, .blocks_max = 32}) {}
};

TEST_F(FewFragments, MakePlaceForNewerOnesOldestFirst) {
  const ByteString packet = packet4(counting(60));
  for (uint32_t id = 1; id <= 5; ++id)
    EXPECT_TRUE(take(fragment_of(packet, {0, 48, true, id})).empty());
  EXPECT_EQ(table_.num_open(), 4u);
  EXPECT_EQ(drops(DropReason::fragment_table_full), 1u);
  for (uint32_t id = 2; id <= 5; ++id)
    expect_packet(take(fragment_of(packet, {48, 80, false, id})), packet);
  // Those that are whole are only remembered: they go before one that is not.
  EXPECT_TRUE(take(fragment_of(packet, {0, 48, true, 6})).empty());
  for (uint32_t id = 7; id <= 9; ++id)
    expect_packet(take_all(fragments_of(packet, 48, id)), packet);
  EXPECT_EQ(drops(DropReason::fragment_table_full), 1u);
  expect_packet(take(fragment_of(packet, {48, 80, false, 6})), packet);
  check_book();
}

TEST_F(FewFragments, ShareTheBytesThereAre) {
  const ByteString small = packet4(counting(60));
  const ByteString large = packet4(counting(65000));
  const std::vector<ByteString> parts = fragments_of(large, 1480, 2);
  EXPECT_TRUE(take(fragment_of(small, {0, 48, true, 1})).empty());
  expect_packet(take_all(parts), large);  // needs all blocks
  EXPECT_EQ(drops(DropReason::fragment_table_full), 1u);
  // Where the oldest is the one that wants more, it goes itself.
  for (size_t i = 0; i + 2 < parts.size(); ++i)
    EXPECT_TRUE(take(fragments_of(large, 1480, 3)[i]).empty());
  EXPECT_TRUE(take(fragment_of(small, {0, 48, true, 4})).empty());
  EXPECT_TRUE(take(fragments_of(large, 1480, 3).back()).empty());
  EXPECT_EQ(drops(DropReason::fragment_table_full), 2u);
  expect_packet(take(fragment_of(small, {48, 80, false, 4})), small);
  EXPECT_EQ(table_.num_open(), 0u);
  check_book();
}

TEST_F(Fragments, TakeNoMoreMemoryThanWasLaidOut) {
  const size_t before = table_.memory_bytes();
  EXPECT_LT(before, 5u << 20);
  const ByteString packet = packet4(counting(1400));
  for (uint32_t id = 0; id < 60'000; ++id)
    EXPECT_TRUE(take(fragment_of(packet, {0, 1400, true, id})).empty());
  EXPECT_EQ(table_.num_open(), 1024u);
  EXPECT_EQ(drops(DropReason::fragment_table_full), 60'000u - 1024u);
  EXPECT_EQ(table_.memory_bytes(), before);
  table_.drain();
  EXPECT_EQ(drops(DropReason::fragment_timeout), 1024u);
  check_book();
}

}  // namespace
}  // namespace dataplane
