// SPDX-License-Identifier: Apache-2.0
// A connection that opens in a crowd of SYNs is told like one that opens in peace.
#include "tests/support/path_under_test.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace dataplane {
namespace {

using flowtable::Endpoint;
using tests::ByteString;
using tests::Conversation;
using tests::PacketBuilder;
using tests::PathUnderTest;
using tests::play;
using tests::TakenCapture;

const Endpoint kClient = tests::v4(1, 40000);
const Endpoint kServer = tests::v4(2, 443);
constexpr uint16_t kCrowd = 4096;
// MSS 1460, SACK permitted, no operation, window scale 7.
const ByteString kOptions = {2, 4, 5, 0xb4, 4, 2, 1, 1, 1, 3, 3, 7};
constexpr tests::PathLimits kLimits{.flows_max = 65536, .openings_max = 16384};

PacketBuilder syn(uint32_t isn = 1000) {
  return PacketBuilder(kClient, kServer).ttl(61).tcp(TcpFlags::kSyn, isn).tcp_options(kOptions);
}

void fill(PathUnderTest& path) {
  for (uint16_t port = 1; port <= kCrowd; ++port)
    path.accept(PacketBuilder(tests::v4(9, port), kServer).tcp(TcpFlags::kSyn, port).build());
}

using Scene = std::function<void(PathUnderTest&)>;

TakenCapture told(PathUnderTest& path, const Scene& scene) {
  scene(path);
  path.drain();
  const auto taken = path.take();
  EXPECT_EQ(taken.size(), 1u);
  return taken.empty() ? TakenCapture{} : taken[0];
}

void say_hellos(PathUnderTest& path, Conversation& conversation) {
  play(path, conversation.client_sends(tests::tls13_client()));
  play(path, conversation.server_sends(tests::tls13_server()));
}

// Both paths tell the same; in the crowd the SYN has waited.
void expect_alike(const Scene& scene) {
  PathUnderTest peace(kLimits), crowd(kLimits);
  fill(crowd);
  const TakenCapture expected = told(peace, scene), got = told(crowd, scene);
  EXPECT_EQ(crowd.count(PathCounter::syns_cached), 1u);
  EXPECT_EQ(crowd.count(PathCounter::syns_resumed), 1u);
  EXPECT_EQ(peace.count(PathCounter::syns_cached), 0u);
  EXPECT_EQ(got.streams, expected.streams);
  EXPECT_EQ(got.end, expected.end);
  EXPECT_EQ(got.flow.packets, expected.flow.packets);
  EXPECT_EQ(got.flow.bytes, expected.flow.bytes);
  EXPECT_EQ(got.flow.first_seen, expected.flow.first_seen);
  EXPECT_EQ(got.flow.originator, expected.flow.originator);
  for (size_t side = 0; side < 2; ++side) {
    const flowtable::SynFacts &one = got.opening.syns[side], &other = expected.opening.syns[side];
    EXPECT_EQ(one.seen, other.seen);
    EXPECT_EQ(one.tick, other.tick);
    EXPECT_EQ(one.ttl, other.ttl);
    EXPECT_EQ(one.window, other.window);
    EXPECT_EQ(one.options_size, other.options_size);
    EXPECT_EQ(one.options, other.options);
    EXPECT_EQ(one.num_repeats, other.num_repeats);
    EXPECT_EQ(one.repeats, other.repeats);
  }
  EXPECT_EQ(got.opening.handshake_ack, expected.opening.handshake_ack);
  EXPECT_EQ(got.opening.first_request, expected.opening.first_request);
}

TEST(CachedSyns, AnAnsweredSynIsTakenUp) {
  expect_alike([](PathUnderTest& path) {
    Conversation conversation(kClient, kServer);
    auto handshake = conversation.handshake();
    handshake[0] = syn().build();
    play(path, handshake);
    say_hellos(path, conversation);
  });
}

TEST(CachedSyns, SoIsOneWhoseAnswerIsNeverSeen) {
  expect_alike([](PathUnderTest& path) {
    Conversation conversation(kClient, kServer);
    const auto handshake = conversation.handshake();
    play(path, {syn().build(), handshake[2]});
    say_hellos(path, conversation);
  });
}

TEST(CachedSyns, SoIsOneThatComesAgain) {
  expect_alike([](PathUnderTest& path) {
    Conversation conversation(kClient, kServer);
    const auto handshake = conversation.handshake();
    for (const double second : {0.0, 1.0, 3.0}) {
      path.set_seconds(second);
      path.accept(syn().build());
    }
    play(path, {handshake[1], handshake[2]});
    say_hellos(path, conversation);
  });
}

TEST(CachedSyns, AnotherTryTakesThePlaceOfTheFirst) {
  PathUnderTest path(kLimits);
  fill(path);
  path.accept(syn(77).build());
  const TakenCapture got = told(path, [](PathUnderTest& crowd) {
    Conversation conversation(kClient, kServer);
    auto handshake = conversation.handshake();
    handshake[0] = syn().ttl(50).build();
    play(crowd, handshake);
    say_hellos(crowd, conversation);
  });
  const auto client = got.side_of(kClient);
  EXPECT_EQ(got.opening.syns[client].ttl, 50);
  EXPECT_EQ(path.count(PathCounter::syns_resumed), 1u);
}

TEST(CachedSyns, AnAnswerToAnotherNumberTakesNoneUp) {
  PathUnderTest path(kLimits);
  fill(path);
  path.accept(syn(1'000'000).build());
  const TakenCapture got = told(path, [](PathUnderTest& crowd) {
    Conversation conversation(kClient, kServer);
    const auto handshake = conversation.handshake();
    play(crowd, {handshake[1], handshake[2]});
    say_hellos(crowd, conversation);
  });
  EXPECT_FALSE(got.opening.syns[got.side_of(kClient)].seen);
  EXPECT_EQ(path.count(PathCounter::syns_resumed), 0u);
}

TEST(CachedSyns, WhatIsOverOrRefusedMakesNoFlow) {
  PathUnderTest path(kLimits);
  fill(path);
  const uint64_t before = path.count(PathCounter::flows_created);
  path.accept(syn().build());
  path.accept(
      PacketBuilder(kServer, kClient).tcp(TcpFlags::kRst | TcpFlags::kAck, 0, 1001).build());
  EXPECT_EQ(path.count(PathCounter::flows_created), before);
  path.accept(syn().build());
  path.set_seconds(3600);
  path.accept(PacketBuilder(kClient, kServer).tcp(TcpFlags::kAck, 1001, 1).build());
  EXPECT_EQ(path.count(PathCounter::flows_created), before);
  EXPECT_EQ(path.count(PathCounter::packets_stray), 2u);
  EXPECT_EQ(path.count(PathCounter::syns_resumed), 0u);
}

TEST(CachedSyns, OnesWithBytesDoNotWait) {
  PathUnderTest path(kLimits);
  fill(path);
  const uint64_t before = path.count(PathCounter::flows_created);
  path.accept(syn().payload(tests::tls13_client()).build());
  EXPECT_EQ(path.count(PathCounter::flows_created), before + 1);
  EXPECT_EQ(path.count(PathCounter::syns_cached), 0u);
}

}  // namespace
}  // namespace dataplane
