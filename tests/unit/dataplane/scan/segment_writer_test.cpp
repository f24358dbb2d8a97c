// SPDX-License-Identifier: Apache-2.0
// Our segments as another reader sees them: the tap's own decoder, and checksums added up anew.
#include "dataplane/scan/segment_writer.hpp"

#include "dataplane/packet_decode.hpp"
#include "dataplane/scan/internet_checksum.hpp"
#include "dataplane/scan/syn_template.hpp"
#include "dataplane/scan/tcp_connection.hpp"
#include "dataplane/scan/tcp_options.hpp"
#include "tests/support/packet_builder.hpp"

#include <gtest/gtest.h>

#include <random>

namespace dataplane {
namespace {

using flowtable::Bytes;
using tests::ByteString;

// One's complement addition as RFC 1071 section 1 puts it, a word at a time.
uint16_t plain_sum(const ByteString& bytes) {
  uint32_t sum = 0;
  for (size_t i = 0; i < bytes.size(); i += 2) {
    const uint32_t low = i + 1 < bytes.size() ? bytes[i + 1] : 0;
    sum += uint32_t{bytes[i]} << 8 | low;
    if (sum > 0xffff) sum = (sum & 0xffff) + 1;
  }
  return static_cast<uint16_t>(sum);
}

TEST(InternetChecksum, IsTheOneOfTheRfc) {
  // RFC 1071 section 3.
  const ByteString example = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  EXPECT_EQ(InternetChecksum().add(example).finish(), 0xffff - 0xddf2);
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    ByteString bytes(random() % 1600);
    for (uint8_t& byte : bytes)
      byte = static_cast<uint8_t>(random());
    ASSERT_EQ(InternetChecksum().add(bytes).finish(), static_cast<uint16_t>(~plain_sum(bytes)));
  }
}

// What the checksum covers: the pseudo header of RFC 9293 section 3.1 and RFC 8200 section 8.1.
uint16_t sum_of_tcp(const ByteString& frame, size_t ip_at, bool v4, uint8_t protocol = 6) {
  const auto at = [&](size_t offset) { return frame.begin() + static_cast<ptrdiff_t>(offset); };
  ByteString covered(at(ip_at + (v4 ? 12 : 8)), at(ip_at + (v4 ? 20 : 40)));
  const ByteString tcp(at(ip_at + (v4 ? 20 : 40)), frame.end());
  for (const size_t byte : {size_t{0}, size_t{protocol}, tcp.size() >> 8, tcp.size() & 0xff})
    covered.push_back(static_cast<uint8_t>(byte));
  covered.insert(covered.end(), tcp.begin(), tcp.end());
  return plain_sum(covered);
}

TEST(SegmentWriter, WritesWhatTheDecoderReads) {
  std::mt19937 random(2);
  for (int round = 0; round < 2000; ++round) {
    const bool v4 = random() % 2 == 0;
    OwnSegment segment;
    segment.from = v4 ? tests::v4(7, 40'001) : tests::v6(7, 40'001);
    segment.to = v4 ? tests::v4(9, 443) : tests::v6(9, 443);
    segment.seq = static_cast<uint32_t>(random());
    segment.ack = static_cast<uint32_t>(random());
    segment.flags = TcpFlags::kAck | TcpFlags::kPsh;
    segment.window = static_cast<uint16_t>(random());
    if (random() % 2 == 0) {
      const OptionBytes options = syn_options(1460, 0, 0x01020304);
      segment.options = options.bytes;
      segment.options_size = options.size;
    }
    ByteString payload(random() % 1300);
    for (uint8_t& byte : payload)
      byte = static_cast<uint8_t>(random());
    segment.payload = payload;
    LinkHeader link{.next_hop = {2, 0, 0, 0, 0, 1}, .ours = {2, 0, 0, 0, 0, 2}, .vlan = {}};
    if (random() % 2 == 0) link.vlan = 77;
    std::array<uint8_t, 2048> room;
    const size_t length = write_segment(link, segment, room);
    const ByteString frame(room.begin(), room.begin() + static_cast<ptrdiff_t>(length));
    ASSERT_EQ(write_segment(link, segment, std::span(room).first(length - 1)), 0u);
    ASSERT_EQ(ByteString(frame.begin(), frame.begin() + 6), ByteString({2, 0, 0, 0, 0, 1}));
    const size_t ip_at = link.vlan ? 18 : 14;
    if (link.vlan) {
      ASSERT_EQ(flowtable::load_be32(&frame[12]), 0x8100004du);
    }
    PacketView view;
    const FrameMeta meta{.wire_bytes = static_cast<uint32_t>(length)};
    ASSERT_EQ(decode_packet(LinkType::ethernet, frame, meta, view), DropReason::none);
    EXPECT_EQ(view.key.endpoint(view.sender), segment.from);
    EXPECT_EQ(view.key.endpoint(other(view.sender)), segment.to);
    EXPECT_EQ(view.seq, segment.seq);
    EXPECT_EQ(view.ack, segment.ack);
    EXPECT_EQ(view.window, segment.window);
    EXPECT_EQ(view.tcp_flags, segment.flags);
    EXPECT_EQ(ByteString(view.payload.begin(), view.payload.end()), payload);
    ASSERT_EQ(sum_of_tcp(frame, ip_at, v4), 0xffff);
    if (v4) {
      ASSERT_EQ(plain_sum({&frame[ip_at], &frame[ip_at + 20]}), 0xffff);
    }
  }
}

TEST(SynTemplate, WritesWhatTheSegmentWriterWrites) {
  std::mt19937 random(3);
  for (int round = 0; round < 20'000; ++round) {
    const bool v4 = random() % 2 == 0;
    LinkHeader link{.next_hop = {}, .ours = {2, 0, 0, 0, 0, 2}, .vlan = {}};
    if (random() % 2 == 0) link.vlan = 77;
    OwnSegment segment;
    segment.from = v4 ? tests::v4(7, 0) : tests::v6(7, 0);
    segment.to = v4 ? tests::v4(9, 0) : tests::v6(9, 0);
    const auto mss = static_cast<uint16_t>(random());
    const SynTemplate syn(link, segment.from.address, mss);
    // Bytes of few bits, so that sums of all ones and of nothing come, too.
    for (size_t i = v4 ? 12 : 1; i < 16; ++i)
      segment.to.address.bytes[i] = static_cast<uint8_t>(random() % 3 == 0 ? 0xff : random() % 2);
    link.next_hop[5] = static_cast<uint8_t>(random());
    segment.from.port = static_cast<uint16_t>(random());
    segment.to.port = static_cast<uint16_t>(random());
    segment.seq = random() % 3 == 0 ? 0xffffffff : static_cast<uint32_t>(random());
    segment.flags = TcpFlags::kSyn;
    segment.window = kSynWindow;
    const auto timestamp = static_cast<uint32_t>(random());
    const OptionBytes options = syn_options(mss, kWindowShift, timestamp);
    segment.options = options.bytes;
    segment.options_size = options.size;
    std::array<uint8_t, 128> expected{}, written{};
    const size_t length = write_segment(link, segment, expected);
    const SynTemplate::Probe probe{segment.to, segment.from.port, segment.seq, timestamp};
    ASSERT_EQ(syn.write(link.next_hop, probe, written), length);
    ASSERT_EQ(written, expected) << round;
    // Where there is just as much room, and where there is less.
    written.fill(0);
    ASSERT_EQ(syn.write(link.next_hop, probe, std::span(written).first(length)), length);
    ASSERT_EQ(written, expected) << round;
    ASSERT_EQ(syn.write(link.next_hop, probe, std::span(written).first(length - 1)), 0u);
  }
}

TEST(SegmentWriter, WritesDatagramsThatTheDecoderReads) {
  std::mt19937 random(4);
  for (int round = 0; round < 2000; ++round) {
    const bool v4 = random() % 2 == 0;
    ByteString payload(random() % 1300);
    for (uint8_t& byte : payload)
      byte = static_cast<uint8_t>(random());
    const OwnDatagram datagram{v4 ? tests::v4(7, 40'001) : tests::v6(7, 40'001),
                               v4 ? tests::v4(9, 40'443) : tests::v6(9, 40'443), payload};
    std::array<uint8_t, 2048> room;
    const size_t length = write_datagram({}, datagram, room);
    const ByteString frame(room.begin(), room.begin() + static_cast<ptrdiff_t>(length));
    PacketView view;
    const FrameMeta meta{.wire_bytes = static_cast<uint32_t>(length)};
    ASSERT_EQ(decode_packet(LinkType::ethernet, frame, meta, view), DropReason::none);
    EXPECT_EQ(view.key.endpoint(view.sender), datagram.from);
    EXPECT_EQ(view.key.endpoint(other(view.sender)), datagram.to);
    EXPECT_EQ(ByteString(view.payload.begin(), view.payload.end()), payload);
    ASSERT_EQ(sum_of_tcp(frame, 14, v4, 17), 0xffff);
  }
}

TEST(TcpOptions, ReadsWhatItWrites) {
  const OptionBytes syn = syn_options(1460, 7, 0xcafebabe);
  const TcpOptions read = read_tcp_options(Bytes(syn.bytes).first(syn.size));
  EXPECT_EQ(syn.size % 4, 0);
  EXPECT_EQ(read.mss, 1460);
  EXPECT_EQ(read.window_shift, 7);
  EXPECT_TRUE(read.sack_permitted);
  EXPECT_EQ(read.timestamps->value, 0xcafebabe);
  const OptionBytes later = timestamp_option({1, 2});
  EXPECT_EQ(later.size, 12);
  EXPECT_EQ(read_tcp_options(Bytes(later.bytes).first(later.size)).timestamps->echo, 2u);
}

TEST(TcpOptions, LeavesOutWhatIsBroken) {
  const auto read = [](const ByteString& bytes) { return read_tcp_options(bytes); };
  EXPECT_FALSE(read({2, 4, 5}).mss);           // cut
  EXPECT_FALSE(read({2, 3, 5, 1}).mss);        // too short for its kind
  EXPECT_FALSE(read({0, 2, 4, 5, 0xb4}).mss);  // behind the end
  EXPECT_FALSE(read({7, 0, 2, 4, 5, 0xb4}).mss) << "a length that leads nowhere";
  EXPECT_EQ(read({99, 3, 0, 2, 4, 5, 0xb4}).mss, 1460) << "an unknown one is passed over";
  EXPECT_EQ(read({3, 3, 200}).window_shift, 14) << "RFC 7323 section 2.3";
}

}  // namespace
}  // namespace dataplane
