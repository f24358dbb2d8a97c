// SPDX-License-Identifier: Apache-2.0
// Our TCP, step by step against RFC 9293.
#include "tests/unit/dataplane/scan/tcp_client_fixture.hpp"

namespace dataplane {
namespace {

TEST_F(TcpClientTest, SendsItsFirstWordsWithTheAck) {
  ASSERT_TRUE(open(text("hello")));
  const auto first = sent();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->seq, 5001u);
  EXPECT_EQ(first->ack, 1000u);
  EXPECT_EQ(first->flags, TcpFlags::kAck | TcpFlags::kPsh);
  EXPECT_EQ(first->payload, text("hello"));
  EXPECT_FALSE(sent()) << "one frame";
  const auto told = event();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->kind, ScanEventKind::established);
  EXPECT_EQ(told->server, kServer);
  EXPECT_EQ(ByteString(told->bytes.begin(), told->bytes.begin() + told->size), text("hello"));
}

TEST_F(TcpClientTest, SaysNothingButAckWhereTheServerBegins) {
  ASSERT_TRUE(open());
  const auto ack = sent();
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->flags, TcpFlags::kAck);
  EXPECT_TRUE(ack->payload.empty());
  ASSERT_TRUE(hear({TcpFlags::kAck | TcpFlags::kPsh, 1000, 5001, text("220 mail\r\n"), {}}));
  EXPECT_EQ(heard(), text("220 mail\r\n"));
  EXPECT_EQ(sent()->ack, 1010u);
  client_.obey(say(text("EHLO me\r\n")), now_);
  const auto words = sent();
  EXPECT_EQ(words->payload, text("EHLO me\r\n"));
  EXPECT_EQ(words->seq, 5001u);
}

TEST_F(TcpClientTest, PutsSegmentsInOrderAndTakesEachByteOnce) {
  ASSERT_TRUE(open());
  (void)heard();
  (void)hear({TcpFlags::kAck, 1003, 5001, text("def"), {}});
  EXPECT_EQ(heard(), text(""));
  EXPECT_EQ(sent()->ack, 1000u) << "the ACK of the handshake";
  EXPECT_EQ(sent()->ack, 1000u) << "asks for what is missing";
  (void)hear({TcpFlags::kAck, 1001, 5001, text("bcd"), {}});
  (void)hear({TcpFlags::kAck, 1000, 5001, text("a"), {}});
  (void)hear({TcpFlags::kAck, 1000, 5001, text("XYZ"), {}});
  EXPECT_EQ(heard(), text("abcdef"));
}

TEST_F(TcpClientTest, SendsAgainUntilAcknowledgedWithLongerAndLongerWaits) {
  ASSERT_TRUE(open(text("hello")));
  std::vector<double> times;
  const auto note = [&] {
    while (const auto frame = sent())
      if (!frame->payload.empty())
        times.push_back(std::chrono::duration<double>(now_ - kBegin).count());
  };
  note();
  for (int i = 0; i < 800; ++i) {
    pass(5 * kMillisecond);
    note();
  }
  ASSERT_GE(times.size(), 3u);
  EXPECT_NEAR(times[1], 1.0, 0.03);
  EXPECT_NEAR(times[2], 3.0, 0.05);
  EXPECT_TRUE(hear({TcpFlags::kAck, 1000, 5006, {}, {}}));
  times.clear();
  pass(900 * kMillisecond);
  note();
  EXPECT_TRUE(times.empty());
}

TEST_F(TcpClientTest, LearnsTheRoundTripFromTimestamps) {
  // Our SYN left 30 ms ago, as its echo says.
  ByteString options = {1, 1, 8, 10, 0, 0, 0, 77};
  const auto echo = static_cast<uint32_t>((1'700'000'000'000 - 30) & 0xffffffff);
  for (int shift = 24; shift >= 0; shift -= 8)
    options.push_back(static_cast<uint8_t>(echo >> shift));
  ASSERT_TRUE(open(text("hello"), options));
  const auto first = sent();
  ASSERT_TRUE(first->options.timestamps);
  EXPECT_EQ(first->options.timestamps->echo, 77u);
  pass(190 * kMillisecond);
  EXPECT_FALSE(sent());
  pass(40 * kMillisecond);
  EXPECT_EQ(sent()->payload, text("hello")) << "after 200 ms, the least";
}

TEST_F(TcpClientTest, EndsWithFinAndWaitsForThePeers) {
  ASSERT_TRUE(open());
  (void)heard();
  (void)sent();
  client_.obey({{0, 0}, ScanOrder::Kind::close, 0, {}}, now_);
  const auto fin = sent();
  EXPECT_EQ(fin->flags, TcpFlags::kAck | TcpFlags::kFin);
  EXPECT_EQ(client_.num_connections(), 1u);
  // close_notify, then its FIN.
  (void)hear({TcpFlags::kAck, 1000, 5002, text("bye"), {}});
  (void)hear({TcpFlags::kAck | TcpFlags::kFin, 1003, 5002, {}, {}});
  EXPECT_EQ(client_.num_connections(), 0u);
  uint32_t ack = 0;
  while (const auto frame = sent()) {
    EXPECT_EQ(frame->flags & TcpFlags::kRst, 0);
    ack = frame->ack;
  }
  EXPECT_EQ(ack, 1004u);
  EXPECT_FALSE(event()) << "the worker closed it and is told nothing";
}

TEST_F(TcpClientTest, ResetsAPeerThatDoesNotLetGo) {
  ASSERT_TRUE(open());
  client_.obey({{0, 0}, ScanOrder::Kind::close, 0, {}}, now_);
  pass(1100 * kMillisecond);
  EXPECT_EQ(client_.num_connections(), 0u);
  bool reset = false;
  while (const auto frame = sent())
    reset |= (frame->flags & TcpFlags::kRst) != 0;
  EXPECT_TRUE(reset);
}

TEST_F(TcpClientTest, TellsOfThePeersEndAfterItsBytes) {
  ASSERT_TRUE(open());
  (void)hear({TcpFlags::kAck | TcpFlags::kFin, 1003, 5001, text("def"), {}});
  EXPECT_EQ(heard(), text(""));
  (void)hear({TcpFlags::kAck, 1000, 5001, text("abc"), {}});
  EXPECT_EQ(heard(), text("abcdef"));
  EXPECT_EQ(last_kind_, ScanEventKind::peer_closed);
  EXPECT_EQ(client_.counters().get(ScanCounter::peers_closed), 1u);
  (void)hear({TcpFlags::kAck, 1007, 5002, {}, {}});
  EXPECT_EQ(client_.num_connections(), 0u);
}

TEST_F(TcpClientTest, BelievesOnlyTheExactReset) {
  ASSERT_TRUE(open());
  (void)hear({TcpFlags::kRst, 1001, 0, {}, {}});
  (void)hear({TcpFlags::kRst, 999, 0, {}, {}});
  EXPECT_EQ(client_.num_connections(), 1u);
  EXPECT_EQ(client_.counters().get(ScanCounter::challenges_answered), 1u);
  EXPECT_EQ(client_.counters().get(ScanCounter::segments_outside), 1u);
  (void)heard();
  (void)hear({TcpFlags::kRst, 1000, 0, {}, {}});
  (void)heard();
  EXPECT_EQ(last_kind_, ScanEventKind::peer_reset);
  EXPECT_EQ(client_.counters().get(ScanCounter::peers_reset), 1u);
  EXPECT_EQ(client_.num_connections(), 0u);
}

TEST_F(TcpClientTest, IgnoresAcknowledgementsOfWhatWasNeverSent) {
  ASSERT_TRUE(open(text("hello")));
  (void)heard();
  (void)hear({TcpFlags::kAck, 1000, 5007, text("forged"), {}});
  (void)hear({TcpFlags::kAck, 1000, 5001 - 5000, text("forged"), {}});
  EXPECT_EQ(heard(), text(""));
  EXPECT_EQ(client_.counters().get(ScanCounter::segments_outside), 2u);
}

TEST_F(TcpClientTest, EndsSilenceAndTarpits) {
  ASSERT_TRUE(open());
  pass(std::chrono::milliseconds(5100));
  (void)heard();
  EXPECT_EQ(last_kind_, ScanEventKind::timed_out);
  EXPECT_EQ(client_.num_connections(), 0u);
  // A byte a second is no silence, but there is an end to it.
  ASSERT_TRUE(open());
  for (uint32_t second = 0; second < 30; ++second) {
    (void)hear({TcpFlags::kAck, 1000 + second, 5001, text("."), {}});
    pass(std::chrono::seconds(1));
  }
  EXPECT_NEAR(static_cast<double>(heard().size()), 20, 1);
  EXPECT_EQ(last_kind_, ScanEventKind::timed_out);
  EXPECT_EQ(client_.num_connections(), 0u);
  EXPECT_EQ(client_.counters().get(ScanCounter::connections_timed_out), 2u);
}

TEST_F(TcpClientTest, EndsPeersThatNeverEnd) {
  ASSERT_TRUE(open());
  uint32_t seq = 1000;
  for (int i = 0; i < 300 && client_.num_connections() == 1; ++i) {
    (void)hear({TcpFlags::kAck, seq, 5001, ByteString(1400, 'x'), {}});
    seq += 1400;
    (void)heard();
  }
  EXPECT_EQ(last_kind_, ScanEventKind::too_much);
  EXPECT_EQ(client_.num_connections(), 0u);
  EXPECT_EQ(client_.counters().get(ScanCounter::connections_too_much), 1u);
}

TEST_F(TcpClientTest, RefusesMoreConnectionsThanSlots) {
  for (uint16_t i = 0; i < 8; ++i)
    EXPECT_TRUE(open({}, {}, static_cast<uint16_t>(40'000 + i)));
  EXPECT_FALSE(open({}, {}, 40'100));
  EXPECT_EQ(client_.counters().get(ScanCounter::connections_full), 1u);
  EXPECT_EQ(client_.counters().get(ScanCounter::connections_opened), 8u);
}

TEST_F(TcpClientTest, WaitsForRoomInTheWorkersRing) {
  ASSERT_TRUE(open());
  (void)heard();
  ByteString all;
  uint32_t seq = 1000;
  for (int i = 0; i < 80; ++i) {
    const ByteString part(100, static_cast<uint8_t>(i));
    all.insert(all.end(), part.begin(), part.end());
    (void)hear({TcpFlags::kAck, seq, 5001, part, {}});
    seq += 100;
  }
  EXPECT_GT(client_.counters().get(ScanCounter::events_full), 0u);
  ByteString got = heard();
  EXPECT_LT(got.size(), all.size());
  pass(50 * kMillisecond);
  const ByteString rest = heard();
  got.insert(got.end(), rest.begin(), rest.end());
  EXPECT_EQ(got, all);
}

TEST_F(TcpClientTest, TellsTheEndWhenThereIsRoomForIt) {
  ASSERT_TRUE(open());
  for (uint32_t i = 0; i < 80; ++i)
    (void)hear({TcpFlags::kAck, 1000 + i, 5001, text("."), {}});
  (void)hear({TcpFlags::kRst, 1063, 0, {}, {}});
  EXPECT_EQ(client_.num_connections(), 1u);
  (void)heard();
  pass(50 * kMillisecond);
  (void)heard();
  EXPECT_EQ(last_kind_, ScanEventKind::peer_reset);
  EXPECT_EQ(client_.num_connections(), 0u);
}

TEST_F(TcpClientTest, OrdersForOthersDoNothing) {
  ASSERT_TRUE(open());
  client_.obey(say(text("x"), 1), now_);
  client_.obey({{77, 0}, ScanOrder::Kind::close, 0, {}}, now_);
  EXPECT_EQ(client_.counters().get(ScanCounter::orders_stale), 2u);
  (void)heard();
  client_.obey(say(ByteString(1200, 'a')), now_);
  client_.obey(say(ByteString(1200, 'b')), now_);
  EXPECT_EQ(client_.counters().get(ScanCounter::orders_too_long), 1u);
  (void)heard();
  EXPECT_EQ(last_kind_, ScanEventKind::too_much);
}

TEST_F(TcpClientTest, SendsAgainWhatHadNoRoom) {
  wire_.blocked = true;
  ASSERT_TRUE(open(text("hello")));
  EXPECT_EQ(client_.counters().get(ScanCounter::segments_unsent), 1u);
  wire_.blocked = false;
  pass(1100 * kMillisecond);
  EXPECT_EQ(sent()->payload, text("hello"));
  EXPECT_EQ(client_.counters().get(ScanCounter::segments_resent), 1u);
  EXPECT_EQ(client_.counters().get(ScanCounter::segments_sent), 1u);
}

}  // namespace
}  // namespace dataplane
