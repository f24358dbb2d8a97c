// SPDX-License-Identifier: Apache-2.0
// Floods that ask for handshake buffers: who gets one, who gives one up, and by which name.
#include "dataplane/capture_queue.hpp"
#include "tests/support/path_under_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace dataplane {
namespace {

using flowtable::CaptureEnd;
using flowtable::Endpoint;
using tests::ByteString;
using tests::Conversation;
using tests::PacketBuilder;
using tests::PathUnderTest;
using tests::play;
using tests::TakenCapture;

constexpr uint32_t kBuffers = 16;
const Endpoint kServer = tests::v4(2, 443);

size_t num_ended(const std::vector<TakenCapture>& taken, CaptureEnd end) {
  return static_cast<size_t>(
      std::ranges::count_if(taken, [&](const TakenCapture& each) { return each.end == end; }));
}

class CapturePlace : public ::testing::Test {
 protected:
  explicit CapturePlace(const tests::PathLimits& limits = {.flows_max = 4096,
                                                           .captures_max = kBuffers})
      : path_(limits) {}

  // A hello of a connection that does not exist: one packet from a made-up address.
  void forge(uint16_t number, const ByteString& payload = tests::tls13_client()) {
    const auto last = static_cast<uint8_t>(10 + number / 60000);
    path_.accept(PacketBuilder(tests::v4(last, static_cast<uint16_t>(1 + number % 60000)), kServer)
                     .tcp(TcpFlags::kAck | TcpFlags::kPsh, 77'000, 99'000)
                     .payload(payload)
                     .build());
  }
  // A client that shakes hands, says hello and then lets it lie.
  Conversation stall(uint16_t port) {
    Conversation conversation(tests::v4(1, port), kServer);
    play(path_, conversation.handshake());
    play(path_, conversation.client_sends(tests::tls13_client()));
    return conversation;
  }
  uint64_t count(PathCounter name) const { return path_.count(name); }
  // What every buffer and every flow that showed TLS has become.
  void check_book() {
    path_.drain();
    const uint64_t let_go = path_.drops(DropReason::handoff_full) +
                            path_.drops(DropReason::unanswered_displaced) +
                            count(PathCounter::captures_disputed);
    EXPECT_EQ(count(PathCounter::flows_tls), count(PathCounter::captures_handed_off) + let_go);
    EXPECT_EQ(
        count(PathCounter::captures_started),
        count(PathCounter::captures_handed_off) + let_go + count(PathCounter::captures_not_tls));
    (void)path_.take();
    EXPECT_EQ(path_.captures_free(), kBuffers);
  }

  PathUnderTest path_;
};

TEST_F(CapturePlace, ForgedHellosHoldHalfOfTheBuffers) {
  for (uint16_t i = 0; i < 500; ++i) {
    forge(i);
    (void)path_.take();
    EXPECT_GE(path_.captures_free(), kBuffers / 2);
  }
  EXPECT_EQ(count(PathCounter::captures_displaced), 500u - kBuffers / 2);
  EXPECT_EQ(path_.drops(DropReason::capture_pool_empty), 0u);
  check_book();
}

// Nobody takes what is handed off: then nothing of a flood is.
TEST_F(CapturePlace, ForgedHellosDoNotBuryTheWorkers) {
  for (uint16_t i = 0; i < 500; ++i)
    forge(i);
  EXPECT_GE(path_.captures_free(), kBuffers / 4 - 1);
  EXPECT_GT(path_.drops(DropReason::unanswered_displaced), 480u);
  EXPECT_EQ(path_.drops(DropReason::capture_pool_empty), 0u);
  check_book();
}

TEST_F(CapturePlace, HandshakesCompleteInAFloodOfForgedHellos) {
  uint16_t forged = 0;
  size_t done = 0;
  for (uint16_t port = 1; port <= 100; ++port) {
    Conversation conversation = stall(port);
    for (int i = 0; i < 50; ++i)
      forge(forged++);
    play(path_, conversation.server_sends(tests::tls13_server()));
    done += num_ended(path_.take(), CaptureEnd::handshake_done);
  }
  EXPECT_EQ(done, 100u);
  check_book();
}

// Met after its SYN, a client proves itself when the server acknowledges its hello.
TEST_F(CapturePlace, AnAnswerProvesWhatBeganMidstream) {
  Conversation conversation(tests::v4(1, 5), kServer);
  (void)conversation.handshake();
  play(path_, conversation.client_sends(tests::tls13_client()));
  path_.accept(conversation.server_flags(TcpFlags::kAck));
  for (uint16_t i = 0; i < 100; ++i)
    forge(i);
  (void)path_.take();
  play(path_, conversation.server_sends(tests::tls13_server()));
  EXPECT_EQ(num_ended(path_.take(), CaptureEnd::handshake_done), 1u);
}

// Bytes that could begin a hello and are none take no more than that either.
TEST_F(CapturePlace, WhatOnlyBeginsLikeAHelloIsDisplacedAsNoTls) {
  for (uint16_t i = 0; i < 100; ++i) {
    Conversation conversation(tests::v4(9, static_cast<uint16_t>(1 + i)), kServer);
    path_.accept(conversation.handshake().front());
    path_.accept(PacketBuilder(conversation.client(), kServer)
                     .tcp(TcpFlags::kAck, 1001, 1)
                     .payload({0x16})
                     .build());
  }
  EXPECT_EQ(count(PathCounter::captures_displaced), 100u - kBuffers / 2);
  EXPECT_EQ(count(PathCounter::captures_not_tls), count(PathCounter::captures_displaced));
  EXPECT_EQ(count(PathCounter::captures_handed_off), 0u);
  check_book();
}

// Real connections whose handshakes are let lie: they give up their buffers when hardly any are
// left, to whoever comes, but not before a second has passed.
TEST_F(CapturePlace, HandshakesThatStallMakePlaceWhenFewAreLeft) {
  for (uint16_t port = 1; port <= kBuffers; ++port)
    (void)stall(port);
  EXPECT_EQ(count(PathCounter::captures_displaced), 0u);
  EXPECT_EQ(path_.captures_free(), 0u);
  (void)stall(100);
  EXPECT_EQ(path_.drops(DropReason::capture_pool_empty), 1u);

  path_.set_seconds(1.5);
  size_t displaced = 0;
  for (uint16_t port = 200; port < 210; ++port) {
    (void)stall(port);
    displaced += num_ended(path_.take(), CaptureEnd::evicted);
  }
  EXPECT_EQ(displaced, 10u);
  EXPECT_EQ(count(PathCounter::captures_displaced), 10u);
  // The first one found nothing free yet: its predecessor's buffer was still with the worker.
  EXPECT_EQ(path_.drops(DropReason::capture_pool_empty), 2u);
  check_book();
}

class LargePlace : public CapturePlace {
 protected:
  LargePlace() : CapturePlace({.flows_max = 4096, .captures_max = kBuffers, .large_max = 8}) {}
  static ByteString long_hello() { return tests::client_hello(9000); }
};

TEST_F(LargePlace, ForgedHellosGetHalfOfTheLargeBuffers) {
  for (uint16_t i = 0; i < 8; ++i)
    forge(i, long_hello());
  EXPECT_EQ(count(PathCounter::captures_grown), 4u);
  EXPECT_EQ(path_.drops(DropReason::large_pool_empty), 4u);
  Conversation conversation(tests::v4(1, 5), kServer);
  play(path_, conversation.handshake());
  play(path_, conversation.client_sends(long_hello()));
  EXPECT_EQ(count(PathCounter::captures_grown), 5u);
  EXPECT_EQ(path_.drops(DropReason::large_pool_empty), 4u);
  check_book();
}

TEST_F(LargePlace, StalledOnesGiveThemUp) {
  const auto open = [&](uint16_t port) {
    Conversation conversation(tests::v4(1, port), kServer);
    play(path_, conversation.handshake());
    play(path_, conversation.client_sends(long_hello()));
  };
  for (uint16_t port = 1; port <= 7; ++port)
    open(port);
  EXPECT_EQ(count(PathCounter::captures_grown), 7u);
  path_.set_seconds(1.5);
  for (uint16_t port = 11; port <= 15; ++port) {
    open(port);
    EXPECT_EQ(num_ended(path_.take(), CaptureEnd::evicted), 1u) << port;
  }
  EXPECT_EQ(count(PathCounter::captures_grown), 12u);
  EXPECT_EQ(path_.drops(DropReason::large_pool_empty), 0u);
  check_book();
}

}  // namespace
}  // namespace dataplane
