// SPDX-License-Identifier: Apache-2.0
// Which datagrams the packet path keeps of UDP, and when it lets go of them.
#include "dataplane/datagram_path.hpp"

#include "flowtable/datagram_log.hpp"
#include "tests/support/datagram_bytes.hpp"
#include "tests/support/path_under_test.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace dataplane {
namespace {

using flowtable::CaptureEnd;
using flowtable::CaptureKind;
using flowtable::Endpoint;
using flowtable::FlowClass;
using tests::ByteString;
using tests::dtls_client_hello;
using tests::dtls_message;
using tests::joined;
using tests::PacketBuilder;
using tests::PathUnderTest;
using tests::quic_packet;
using tests::QuicPacket;
using tests::QuicType;
using tests::TakenCapture;
using Datagrams = std::vector<ByteString>;

const Endpoint kClient = tests::v4(1, 40000);
const Endpoint kServer = tests::v4(2, 443);

// The random of every hello that is built is the same; this makes another one.
ByteString with_random(ByteString hello_record, uint8_t first_byte) {
  hello_record[13 + 12 + 2] = first_byte;
  return hello_record;
}

ByteString dtls_hello(uint16_t message_seq = 0, const ByteString& cookie = {}) {
  return dtls_message(1, message_seq,
                      dtls_client_hello({.version = 0xfefd, .ciphers = {0xc02b}}, cookie));
}
ByteString dtls_server_flight() {
  return joined(
      {dtls_message(2, 0, tests::server_hello_body({.version = 0xfefd})), dtls_message(14, 1, {})});
}
ByteString dtls_finish() {
  return joined({tests::dtls_record({.type = 20}, ByteString{1}), tests::dtls_encrypted()});
}
ByteString dtls_data() {
  return tests::dtls_record({.type = 23, .epoch = 1}, ByteString(60, 0xdd));
}
ByteString quic_first(uint8_t id = 0xd1, size_t bytes = 1200) {
  return quic_packet({.destination_id = ByteString(8, id), .source_id = ByteString(3, id)}, bytes);
}
ByteString quic_answer() {
  const ByteString client_id(3, 0xd1), server_id(8, 0x5e);
  return joined({quic_packet({.destination_id = client_id, .source_id = server_id}, 120),
                 quic_packet({.type = QuicType::handshake, .destination_id = client_id}, 900)});
}
ByteString quic_confirm() {
  return quic_packet({.type = QuicType::handshake}, 60);
}

class Udp : public testing::Test {
 protected:
  explicit Udp(const tests::PathLimits& limits = {}, const PathOptions& options = {})
      : path_(limits, options) {}

  void client(const ByteString& bytes) { send(kClient, kServer, bytes); }
  void server(const ByteString& bytes) { send(kServer, kClient, bytes); }
  void send(const Endpoint& from, const Endpoint& to, const ByteString& bytes) {
    path_.accept(PacketBuilder(from, to).udp().payload(bytes).build());
  }
  // What ends the waiting for late datagrams of a handshake.
  void pass_grace(const ByteString& bytes) {
    for (int i = 0; i < DatagramPath::kGraceDatagrams; ++i)
      client(bytes);
  }
  TakenCapture only() {
    const std::vector<TakenCapture> taken = path_.take();
    EXPECT_EQ(taken.size(), 1u);
    return taken.empty() ? TakenCapture{} : taken.front();
  }
  static Datagrams datagrams(const ByteString& log) {
    Datagrams out;
    flowtable::DatagramReader reader(log);
    for (flowtable::Bytes datagram; reader.next(datagram);)
      out.emplace_back(datagram.begin(), datagram.end());
    return out;
  }
  uint64_t count(PathCounter name) const { return path_.count(name); }

  PathUnderTest path_;
};

TEST_F(Udp, KeepsTheClearPartOfDtls) {
  const ByteString cookie(20, 7);
  const ByteString verify = dtls_message(3, 0, tests::hello_verify_request(cookie));
  client(dtls_hello());
  server(verify);
  const ByteString second = with_random(dtls_hello(1, cookie), 0x77);  // as old clients do
  client(second);
  server(dtls_server_flight());
  client(joined({dtls_message(16, 2, ByteString(66, 1)), dtls_finish()}));
  server(dtls_finish());
  EXPECT_EQ(path_.take().size(), 0u);
  pass_grace(dtls_data());

  const TakenCapture taken = only();
  EXPECT_EQ(taken.kind, CaptureKind::dtls);
  EXPECT_EQ(taken.end, CaptureEnd::handshake_done);
  EXPECT_EQ(taken.flow.key.endpoint(taken.flow.originator), kClient);
  const ByteString ccs = tests::dtls_record({.type = 20}, ByteString{1});
  EXPECT_EQ(
      datagrams(taken.from(kClient)),
      (Datagrams{dtls_hello(), second, joined({dtls_message(16, 2, ByteString(66, 1)), ccs})}));
  EXPECT_EQ(datagrams(taken.from(kServer)), (Datagrams{verify, dtls_server_flight(), ccs}));
  EXPECT_EQ(count(PathCounter::flows_dtls), 1u);
  EXPECT_EQ(count(PathCounter::flows_tls), 1u);
  EXPECT_EQ(count(PathCounter::datagrams_kept), 6u);
  EXPECT_EQ(count(PathCounter::captures_handed_off), 1u);
}

TEST_F(Udp, WaitsForLateDatagramsOfAHandshake) {
  client(dtls_hello());
  client(dtls_finish());
  server(dtls_finish());
  server(dtls_server_flight());
  path_.set_seconds(0.09);
  server(dtls_message(11, 1, ByteString(30, 2)));
  path_.set_seconds(0.2);
  client(dtls_data());
  EXPECT_EQ(datagrams(only().from(kServer)).size(), 3u);
  // What comes now begins nothing.
  server(dtls_server_flight());
  client(dtls_hello());
  path_.drain();
  EXPECT_EQ(path_.take().size(), 0u);
  EXPECT_EQ(count(PathCounter::flows_created), 1u);
}

TEST_F(Udp, PicksDtlsOutOfMediaAndStun) {
  const ByteString stun = joined({{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}, ByteString(12, 1)});
  const ByteString media = joined({{0x80, 0x60}, ByteString(1200, 4)});
  client(stun);
  EXPECT_EQ(path_.num_flows(), 0u);
  EXPECT_EQ(count(PathCounter::datagrams_other), 1u);
  client(dtls_hello());
  server(stun);
  server(dtls_server_flight());
  client(media);
  path_.drain();
  const TakenCapture taken = only();
  EXPECT_EQ(taken.end, CaptureEnd::drained);
  EXPECT_EQ(datagrams(taken.from(kClient)), Datagrams{dtls_hello()});
  EXPECT_EQ(datagrams(taken.from(kServer)), Datagrams{dtls_server_flight()});
}

TEST_F(Udp, TakesCapwapHeadersOff) {
  client(joined({{1, 0, 0, 0}, dtls_hello()}));
  server(joined({{1, 0, 0, 0}, dtls_server_flight()}));
  path_.drain();
  const TakenCapture taken = only();
  EXPECT_EQ(datagrams(taken.from(kClient)), Datagrams{dtls_hello()});
  EXPECT_EQ(datagrams(taken.from(kServer)), Datagrams{dtls_server_flight()});
}

TEST_F(Udp, ADtlsServerThatIsSeenAloneIsNotTheOriginator) {
  server(dtls_server_flight());
  path_.drain();
  const TakenCapture taken = only();
  EXPECT_EQ(taken.flow.key.endpoint(taken.flow.originator), kClient);
  EXPECT_EQ(datagrams(taken.from(kServer)), Datagrams{dtls_server_flight()});
}

TEST_F(Udp, AnotherRandomIsAnotherDtlsSession) {
  client(dtls_hello());
  client(dtls_hello());  // sent again, or shown twice
  client(with_random(dtls_hello(), 0x99));
  server(dtls_server_flight());
  path_.drain();
  const std::vector<TakenCapture> taken = path_.take();
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0].end, CaptureEnd::port_reused);
  EXPECT_EQ(datagrams(taken[0].from(kClient)), Datagrams{dtls_hello()});
  EXPECT_EQ(datagrams(taken[1].from(kClient)), Datagrams{with_random(dtls_hello(), 0x99)});
  EXPECT_EQ(count(PathCounter::flows_port_reused), 1u);
  EXPECT_EQ(count(PathCounter::datagrams_repeated), 1u);
}

TEST_F(Udp, KeepsTheInitialsOfQuic) {
  const ByteString retry = quic_packet(
      {.type = QuicType::retry, .source_id = ByteString(8, 0x77), .token = ByteString(40, 3)}, 0);
  QuicPacket again{.destination_id = ByteString(8, 0x77), .token = ByteString(40, 3)};
  const ByteString versions = tests::quic_negotiation({}, ByteString(8, 0xd1));
  client(quic_first());
  server(versions);
  client(quic_first(0xd2));
  server(retry);
  client(joined({quic_packet(again, 600), quic_packet({.type = QuicType::zero_rtt}, 500)}));
  server(quic_answer());
  server(quic_packet({.type = QuicType::handshake}, 900));
  client(quic_confirm());
  EXPECT_EQ(path_.take().size(), 0u);
  pass_grace(tests::quic_short_header());

  const TakenCapture taken = only();
  EXPECT_EQ(taken.kind, CaptureKind::quic);
  EXPECT_EQ(taken.end, CaptureEnd::handshake_done);
  EXPECT_EQ(datagrams(taken.from(kClient)),
            (Datagrams{quic_first(), quic_first(0xd2), quic_packet(again, 600)}));
  const ByteString server_initial =
      quic_packet({.destination_id = ByteString(3, 0xd1), .source_id = ByteString(8, 0x5e)}, 120);
  EXPECT_EQ(datagrams(taken.from(kServer)), (Datagrams{versions, retry, server_initial}));
  EXPECT_EQ(count(PathCounter::flows_quic), 1u);
  EXPECT_EQ(count(PathCounter::flows_created), 1u);
}

// The client's way to the tap is half a second longer than the server's.
TEST_F(Udp, JoinsALateLegAndItsRetry) {
  const ByteString retry = quic_packet(
      {.type = QuicType::retry, .source_id = ByteString(8, 0x77), .token = ByteString(40, 3)}, 0);
  server(retry);
  server(quic_answer());
  for (int i = 0; i < 200; ++i)
    server(tests::quic_short_header());
  path_.set_seconds(0.5);
  client(quic_first());
  client(quic_confirm());
  pass_grace(tests::quic_short_header());
  const TakenCapture taken = only();
  EXPECT_EQ(taken.end, CaptureEnd::handshake_done);
  EXPECT_EQ(taken.flow.key.endpoint(taken.flow.originator), kClient);
  EXPECT_EQ(datagrams(taken.from(kClient)), Datagrams{quic_first()});
  ASSERT_EQ(datagrams(taken.from(kServer)).size(), 2u);
  EXPECT_EQ(datagrams(taken.from(kServer))[0], retry);
  EXPECT_EQ(count(PathCounter::flows_quic), 1u);
}

TEST_F(Udp, TellsANewQuicConnectionFromLatePackets) {
  client(quic_first());
  server(quic_answer());
  client(quic_confirm());
  pass_grace(tests::quic_short_header());
  ASSERT_EQ(path_.take().size(), 1u);
  client(quic_first());   // late
  server(quic_answer());  // late
  EXPECT_EQ(count(PathCounter::flows_created), 1u);
  client(quic_first(0xaa));
  EXPECT_EQ(count(PathCounter::flows_created), 2u);
  EXPECT_EQ(count(PathCounter::flows_port_reused), 1u);
  path_.drain();
  EXPECT_EQ(datagrams(only().from(kClient)), Datagrams{quic_first(0xaa)});
}

TEST_F(Udp, CountsQuicThatItCannotFollow) {
  client(quic_packet({.version = 0x51303436}, 1200));
  client(quic_packet({.version = 0xff000009}, 1200));
  EXPECT_EQ(count(PathCounter::quic_unfollowed), 2u);
  EXPECT_EQ(path_.num_flows(), 0u);
}

TEST_F(Udp, DoesNotWaitForTheOtherSideForEver) {
  client(quic_first());
  for (int i = 1; i < DatagramPath::kUnansweredMax; ++i)
    client(tests::quic_short_header());
  client(tests::quic_short_header());
  path_.set_seconds(0.9);
  client(tests::quic_short_header());
  EXPECT_EQ(path_.take().size(), 0u);
  path_.set_seconds(1.1);
  client(tests::quic_short_header());
  EXPECT_EQ(only().end, CaptureEnd::timed_out);
}

TEST_F(Udp, GivesUpWhereNothingMoreComes) {
  client(dtls_hello());
  path_.set_seconds(29);
  client(ByteString(20, 0));  // STUN: the flow lives, the handshake makes no progress
  path_.set_seconds(31);
  client(ByteString(20, 0));
  EXPECT_EQ(only().end, CaptureEnd::timed_out);
  // The flow is over when its class's silence is.
  path_.set_seconds(37);
  EXPECT_EQ(path_.expire(), 1u);
  EXPECT_EQ(path_.num_flows(), 0u);

  client(dtls_hello());
  path_.set_seconds(90);
  path_.expire();
  EXPECT_EQ(only().end, CaptureEnd::timed_out);
  EXPECT_EQ(count(PathCounter::flows_expired), 2u);
}

TEST_F(Udp, ADatagramAfterTheSilenceBeginsAnew) {
  client(dtls_hello());
  path_.set_seconds(60);
  client(dtls_hello());
  EXPECT_EQ(count(PathCounter::flows_expired), 1u);
  EXPECT_EQ(count(PathCounter::flows_created), 2u);
  EXPECT_EQ(only().end, CaptureEnd::timed_out);
}

TEST_F(Udp, GrowsOnceAndThenCutsAndSaysSo) {
  for (uint8_t i = 0; i < 4; ++i)
    client(with_random(quic_first(), i));
  EXPECT_EQ(count(PathCounter::captures_grown), 1u);
  for (int i = 0; i < 100; ++i)
    client(joined({quic_packet({.token = ByteString(static_cast<size_t>(i % 2), 1)}, 1200)}));
  EXPECT_EQ(count(PathCounter::captures_cut), 1u);
  EXPECT_EQ(path_.drops(DropReason::large_pool_empty), 0u);
  path_.drain();
  const TakenCapture taken = only();
  EXPECT_TRUE(taken.truncated[taken.side_of(kClient)]);
  EXPECT_FALSE(taken.truncated[taken.side_of(kServer)]);
}

TEST_F(Udp, BoundsTheNumberOfDatagrams) {
  for (uint16_t i = 0; i < DatagramPath::kDatagramsMax + 10; ++i)
    client(dtls_message(1, i, dtls_client_hello({.version = 0xfefd}, {})));
  EXPECT_EQ(count(PathCounter::datagrams_kept), DatagramPath::kDatagramsMax);
  EXPECT_EQ(count(PathCounter::captures_cut), 1u);
  path_.drain();
  const TakenCapture taken = only();
  EXPECT_TRUE(taken.truncated[taken.side_of(kClient)]);
}

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
