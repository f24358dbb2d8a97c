// SPDX-License-Identifier: Apache-2.0
// The way in one go against the way step by step: whatever the first takes, both read alike.
#include "dataplane/plain_tcp.hpp"

#include "tests/support/packet_builder.hpp"

#include <gtest/gtest.h>

#include <random>

namespace dataplane {
namespace {

using flowtable::Bytes;
using tests::ByteString;
using tests::PacketBuilder;
using tests::v4;

constexpr uint64_t kSeed = 0x5eed;
constexpr size_t kEthernetBytes = 14;
constexpr FrameMeta kMeta{flowtable::tick_from_ns(5), 0, kSeed};

// By the steps: without the Ethernet header nothing is read in one go.
DropReason by_steps(Bytes frame, PacketView& out) {
  FrameMeta meta = kMeta;
  if (frame.size() < kEthernetBytes) return DropReason::frame_truncated;
  const DropReason reason = decode_packet(LinkType::ipv4, frame.subspan(kEthernetBytes), meta, out);
  out.wire_bytes += kEthernetBytes;
  return reason;
}

void expect_alike(const PacketView& plain, const PacketView& steps) {
  EXPECT_EQ(plain.key, steps.key);
  EXPECT_EQ(plain.hash, steps.hash);
  EXPECT_EQ(plain.tick, steps.tick);
  EXPECT_EQ(plain.payload.data(), steps.payload.data());
  EXPECT_EQ(plain.payload.size(), steps.payload.size());
  EXPECT_EQ(plain.seq, steps.seq);
  EXPECT_EQ(plain.ack, steps.ack);
  EXPECT_EQ(plain.wire_bytes, steps.wire_bytes);
  EXPECT_EQ(plain.missing_bytes, steps.missing_bytes);
  EXPECT_EQ(plain.window, steps.window);
  EXPECT_EQ(plain.tcp_flags, steps.tcp_flags);
  EXPECT_EQ(plain.ttl, steps.ttl);
  EXPECT_EQ(plain.sender, steps.sender);
  EXPECT_EQ(plain.tcp_options.data(), steps.tcp_options.data());
  EXPECT_EQ(plain.tcp_options.size(), steps.tcp_options.size());
}

ByteString some_frame(std::mt19937& random) {
  const auto last = [&] { return static_cast<uint8_t>(random() % 4); };
  const auto port = [&] { return static_cast<uint16_t>(random() % 3); };
  return PacketBuilder(v4(last(), port()), v4(last(), port()))
      .tcp(static_cast<uint8_t>(random()), static_cast<uint32_t>(random()),
           static_cast<uint32_t>(random()))
      .tcp_options(static_cast<uint8_t>(random() % 11))
      .payload(ByteString(random() % 40, 'p'))
      .padding(random() % 8)
      .build();
}

TEST(PlainTcp, TakesAPlainFrame) {
  std::mt19937 random(1);
  for (int i = 0; i < 1000; ++i) {
    const ByteString frame = some_frame(random);
    PacketView plain, steps;
    ASSERT_TRUE(decode_plain_tcp(frame, kMeta, plain));
    ASSERT_EQ(by_steps(frame, steps), DropReason::none);
    expect_alike(plain, steps);
  }
}

TEST(PlainTcp, TakesNothingThatTheStepsReadOtherwise) {
  std::mt19937 random(2);
  size_t taken = 0;
  for (int i = 0; i < 200'000; ++i) {
    ByteString frame = some_frame(random);
    for (size_t wrong = random() % 3; wrong > 0; --wrong)
      frame[kEthernetBytes + random() % 40] = static_cast<uint8_t>(random());
    if (random() % 4 == 0) frame.resize(random() % (frame.size() + 1));
    PacketView plain, steps;
    if (!decode_plain_tcp(frame, kMeta, plain)) continue;
    ++taken;
    ASSERT_EQ(by_steps(frame, steps), DropReason::none) << i;
    expect_alike(plain, steps);
  }
  EXPECT_GT(taken, 50'000u);
}

TEST(PlainTcp, LeavesTheUnusualToTheSteps) {
  PacketView out;
  const auto plain = [] { return PacketBuilder(v4(1, 1), v4(2, 2)).tcp(TcpFlags::kAck, 1, 1); };
  EXPECT_TRUE(decode_plain_tcp(plain().build(), kMeta, out));
  EXPECT_FALSE(decode_plain_tcp(plain().vlan(0x8100, 7).build(), kMeta, out));
  EXPECT_FALSE(decode_plain_tcp(plain().udp().build(), kMeta, out));
  EXPECT_FALSE(decode_plain_tcp(plain().ipv4_fragment(0x2000).build(), kMeta, out));
  EXPECT_FALSE(decode_plain_tcp(plain().ipv4_fragment(0x0001).build(), kMeta, out));
  EXPECT_FALSE(decode_plain_tcp(plain().ip_first_byte(0x46).build(), kMeta, out));
  EXPECT_FALSE(decode_plain_tcp(plain().ip_length(0).build(), kMeta, out));
  EXPECT_FALSE(decode_plain_tcp(plain().ip_length(1000).build(), kMeta, out));
  EXPECT_FALSE(decode_plain_tcp(plain().tcp_offset(4).build(), kMeta, out));
  EXPECT_FALSE(decode_plain_tcp({}, kMeta, out));
}

}  // namespace
}  // namespace dataplane
