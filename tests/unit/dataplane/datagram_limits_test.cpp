// SPDX-License-Identifier: Apache-2.0
// What UDP flows may hold, and that bursts change nothing.
#include "tests/unit/dataplane/datagram_path_fixture.hpp"

namespace dataplane {
namespace {

class FewBuffers : public Udp {
 protected:
  FewBuffers() : Udp({.flows_max = 64, .captures_max = 8, .large_max = 0}) {}
};

TEST_F(FewBuffers, CountsThatNoLargeOneIsLeft) {
  for (uint8_t i = 0; i < 6; ++i)
    client(with_random(quic_first(), i));
  EXPECT_EQ(path_.drops(DropReason::large_pool_empty), 1u);
  EXPECT_EQ(count(PathCounter::captures_cut), 1u);
}

TEST_F(FewBuffers, AFloodOfFirstPacketsHoldsAQuarterOfThem) {
  for (uint16_t port = 1; port <= 50; ++port) {
    send(tests::v4(9, port), kServer, quic_first());
    EXPECT_GE(path_.captures_free(), port == 1 ? 7u : 2u);
  }
  // Two wait. Half of the pool may be on its way to the workers; the rest was let go by name.
  EXPECT_EQ(count(PathCounter::captures_displaced), 48u);
  const uint64_t dropped = path_.drops(DropReason::unanswered_displaced);
  EXPECT_EQ(count(PathCounter::captures_handed_off), 48u - dropped);
  EXPECT_GT(dropped, 40u);
  EXPECT_EQ(path_.drops(DropReason::capture_pool_empty), 0u);
  for (const TakenCapture& taken : path_.take())
    EXPECT_EQ(taken.end, CaptureEnd::evicted);
  // One that was answered is not displaced.
  client(quic_first());
  server(quic_answer());
  for (uint16_t port = 1; port <= 50; ++port)
    send(tests::v4(8, port), kServer, quic_first());
  client(quic_confirm());
  pass_grace(tests::quic_short_header());
  size_t done = 0;
  for (const TakenCapture& taken : path_.take())
    done += taken.end == CaptureEnd::handshake_done ? 1 : 0;
  EXPECT_EQ(done, 1u);
  // The table of 64 is never full: those that are over leave for newer ones.
  EXPECT_EQ(path_.drops(DropReason::flow_table_full), 0u);
  EXPECT_GT(count(PathCounter::flows_evicted), 0u);
}

TEST_F(FewBuffers, OtherDatagramsTakeNothing) {
  for (uint16_t port = 1; port <= 1000; ++port)
    send(tests::v4(9, port), tests::v4(3, 53), ByteString(60, 0x12));
  EXPECT_EQ(count(PathCounter::datagrams_other), 1000u);
  EXPECT_EQ(count(PathCounter::flows_created), 0u);
  EXPECT_EQ(path_.captures_free(), 8u);
}

class OneBuffer : public Udp {
 protected:
  OneBuffer() : Udp({.captures_max = 1}) {}
};

TEST_F(OneBuffer, WhatIsAnsweredKeepsIts) {
  client(dtls_hello());
  server(dtls_server_flight());
  send(tests::v4(9, 9), kServer, quic_first());
  send(tests::v4(9, 9), kServer, quic_first(0xd2));  // of a flow that is lost already
  EXPECT_EQ(path_.drops(DropReason::capture_pool_empty), 1u);
  EXPECT_EQ(count(PathCounter::flows_created), 2u);
  EXPECT_EQ(count(PathCounter::captures_displaced), 0u);
  path_.drain();
  EXPECT_EQ(only().kind, CaptureKind::dtls);
}

TEST(UdpBurst, GivesWhatItsDatagramsWouldGiveOneByOne) {
  const auto frame = [](const Endpoint& from, const Endpoint& to, const ByteString& bytes) {
    return PacketBuilder(from, to).udp().payload(bytes).build();
  };
  const std::vector<ByteString> frames = {frame(kClient, kServer, dtls_hello()),
                                          frame(kServer, kClient, dtls_server_flight()),
                                          frame(kClient, kServer, with_random(dtls_hello(), 0x42)),
                                          frame(kServer, kClient, dtls_server_flight())};
  PathUnderTest path;
  path.accept_burst(frames);
  path.drain();
  const std::vector<TakenCapture> taken = path.take();
  ASSERT_EQ(taken.size(), 2u);
  for (const TakenCapture& capture : taken) {
    EXPECT_FALSE(capture.from(kClient).empty());
    EXPECT_FALSE(capture.from(kServer).empty());
  }
}

}  // namespace
}  // namespace dataplane
