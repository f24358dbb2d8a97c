// SPDX-License-Identifier: Apache-2.0
// Which datagrams the packet path keeps of UDP, and when it lets go of them.
#include "tests/unit/dataplane/datagram_path_fixture.hpp"

namespace dataplane {
namespace {

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

}  // namespace
}  // namespace dataplane
