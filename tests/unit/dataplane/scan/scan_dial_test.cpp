// SPDX-License-Identifier: Apache-2.0
// What workers dial: one answer to each, whatever becomes of it.
#include "tests/unit/dataplane/scan/scan_lab.hpp"

#include <gtest/gtest.h>

namespace dataplane {
namespace {

const Endpoint kServer = {ip4(10, 1, 0, 5), 443};

ByteString bytes_of_event(const ScanEvent& event) {
  return {event.bytes.begin(), event.bytes.begin() + event.size};
}

ScanOrder order_to(const ScanEvent& event, std::string_view words) {
  ScanOrder order;
  order.connection = event.connection;
  order.kind = words.empty() ? ScanOrder::Kind::close : ScanOrder::Kind::send;
  order.size = static_cast<uint16_t>(words.size());
  std::ranges::copy(tests::text(words), order.bytes.begin());
  return order;
}

// Answers words with words, and FIN with FIN.
std::function<void(const ScanLab::Sent&)> polite_server(ScanLab& lab) {
  return [&lab](const ScanLab::Sent& heard) {
    static const ByteString kWords = tests::text("220 here");
    const PacketView& packet = heard.packet;
    const bool fin = (packet.tcp_flags & TcpFlags::kFin) != 0;
    if (packet.payload.empty() && !fin) return;
    OwnSegment answer;
    answer.from = packet.key.endpoint(other(packet.sender));
    answer.to = packet.key.endpoint(packet.sender);
    answer.seq = packet.ack;
    answer.ack = packet.seq + static_cast<uint32_t>(packet.payload.size()) + (fin ? 1 : 0);
    answer.flags = TcpFlags::kAck | (fin ? TcpFlags::kFin : TcpFlags::kPsh);
    answer.window = 8192;
    if (!fin) answer.payload = kWords;
    lab.say(answer, 5 * kMs);
  };
}

TEST(ScanDial, ConnectsTalksAndCloses) {
  ScanLab lab({.cores = 3});
  lab.set(kServer, ScanLab::Host::open);
  lab.server = polite_server(lab);
  lab.dial(2, kServer);
  lab.pass(200 * kMs);
  const auto established = lab.events_of(ScanEventKind::established);
  ASSERT_EQ(established.size(), 1u);
  EXPECT_EQ(established[0].token, 1443u);
  EXPECT_EQ(established[0].job, 7u);
  EXPECT_EQ(established[0].server, kServer);
  EXPECT_EQ(bytes_of_event(established[0]), tests::text("first words"));
  EXPECT_TRUE(established[0].syn_ack.seen);
  EXPECT_EQ(established[0].syn_ack.ttl, 64);
  EXPECT_EQ(established[0].syn_ack.window, 8192);
  ASSERT_EQ(lab.syns().size(), 1u);
  EXPECT_EQ(established[0].syn_sent, lab.syns()[0].at);
  EXPECT_GT(established[0].syn_ack.tick, established[0].syn_sent);
  // From the share of core 2 of 50000 … 59999.
  const uint16_t port = established[0].ours.port;
  EXPECT_GE(port, 56'666);
  EXPECT_LT(port, 60'000);
  ASSERT_EQ(lab.events_of(ScanEventKind::heard).size(), 1u);
  EXPECT_EQ(bytes_of_event(lab.events_of(ScanEventKind::heard)[0]), tests::text("220 here"));
  lab.order(2, order_to(established[0], "QUIT"));
  lab.pass(100 * kMs);
  ASSERT_EQ(lab.events_of(ScanEventKind::heard).size(), 2u);
  EXPECT_EQ(lab.events_of(ScanEventKind::heard)[1].token, 1443u);
  lab.order(2, order_to(established[0], ""));
  lab.pass(100 * kMs);
  EXPECT_EQ(lab.cores[2]->progress.connections.get(), 0u);
  EXPECT_EQ(lab.count(ScanCounter::dials_begun), 1u);
}

TEST(ScanDial, SaysWhyNot) {
  ScanLab lab;
  const Endpoint closed{ip4(10, 1, 0, 6), 1}, unreachable{ip4(10, 1, 0, 6), 2},
      silent{ip4(10, 1, 0, 6), 3}, nobody{ip4(10, 0, 0, 77), 4}, outside{ip4(11, 1, 0, 6), 5},
      ours{ip4(10, 0, 0, 1), 6};
  lab.set(closed, ScanLab::Host::closed);
  lab.set(unreachable, ScanLab::Host::unreachable);
  lab.set(silent, ScanLab::Host::silent);
  lab.set({nobody.address, 0}, ScanLab::Host::nobody);
  for (const Endpoint& each : {closed, unreachable, silent, nobody, outside, ours})
    lab.dial(0, each);
  lab.pass(10 * kSecond);
  ASSERT_EQ(lab.events.size(), 6u) << "one for each";
  EXPECT_EQ(lab.events_of(ScanEventKind::dial_closed).at(0).token, 1001u);
  EXPECT_EQ(lab.count(ScanCounter::dials_closed), 1u);
  const ScanEvent icmp = lab.events_of(ScanEventKind::dial_unreachable).at(0);
  EXPECT_EQ(icmp.token, 1002u);
  EXPECT_EQ(bytes_of_event(icmp), ByteString({3, 1}));
  EXPECT_EQ(lab.count(ScanCounter::dials_unreachable), 1u);
  EXPECT_EQ(lab.events_of(ScanEventKind::dial_silent).at(0).token, 1003u);
  EXPECT_EQ(lab.count(ScanCounter::dials_silent), 1u);
  EXPECT_EQ(lab.events_of(ScanEventKind::dial_not_sent).size(), 3u);
  EXPECT_EQ(lab.count(ScanCounter::dials_not_sent), 3u);
  EXPECT_EQ(lab.count(ScanCounter::dials_not_allowed), 2u);
  EXPECT_EQ(lab.count(ScanCounter::frames_refused), 0u);
  // After one second, then after two more.
  std::vector<Tick> times;
  for (const ScanLab::Sent& each : lab.syns())
    if (each.packet.key.endpoint(other(each.packet.sender)) == silent) times.push_back(each.at);
  ASSERT_EQ(times.size(), 3u);
  EXPECT_NEAR(std::chrono::duration<double>(times[1] - times[0]).count(), 1, 0.05);
  EXPECT_NEAR(std::chrono::duration<double>(times[2] - times[1]).count(), 2, 0.05);
  EXPECT_EQ(lab.cores[0]->progress.connections.get(), 0u);
}

TEST(ScanDial, BelievesOnlyWhatAcknowledgesItsSyn) {
  ScanLab lab;
  lab.set(kServer, ScanLab::Host::silent);
  lab.dial(0, kServer);
  lab.pass(100 * kMs);
  ASSERT_EQ(lab.syns().size(), 1u);
  const ScanLab::Sent syn = lab.syns()[0];
  OwnSegment forged;
  forged.from = kServer;
  forged.to = syn.packet.key.endpoint(syn.packet.sender);
  forged.ack = syn.packet.seq;  // one too few
  for (const int flags : {TcpFlags::kRst | TcpFlags::kAck, TcpFlags::kSyn | TcpFlags::kAck,
                          int{TcpFlags::kRst}, int{TcpFlags::kSyn}}) {
    forged.flags = static_cast<uint8_t>(flags);
    lab.say(forged, kMs);
  }
  lab.pass(100 * kMs);
  EXPECT_TRUE(lab.events.empty());
  EXPECT_EQ(lab.count(ScanCounter::segments_outside), 4u);
  forged.ack = syn.packet.seq + 1;
  forged.flags = TcpFlags::kRst | TcpFlags::kAck;
  lab.say(forged, kMs);
  lab.pass(100 * kMs);
  EXPECT_EQ(lab.events_of(ScanEventKind::dial_closed).size(), 1u);
}

TEST(ScanDial, HasNoMoreSlotsThanThereAre) {
  ScanLab lab({.connections_max = 8});
  lab.server = [](const ScanLab::Sent&) {};
  for (uint16_t port = 1; port <= 12; ++port) {
    lab.set({kServer.address, port}, ScanLab::Host::open);
    lab.dial(0, {kServer.address, port});
  }
  lab.pass(kSecond);
  EXPECT_EQ(lab.events_of(ScanEventKind::established).size(), 8u);
  EXPECT_EQ(lab.events_of(ScanEventKind::dial_not_sent).size(), 4u);
  EXPECT_EQ(lab.count(ScanCounter::connections_full), 4u);
  // All come back, and with another generation.
  lab.pass(10 * kSecond);
  EXPECT_EQ(lab.events_of(ScanEventKind::timed_out).size(), 8u);
  lab.dial(0, {kServer.address, 1});
  lab.pass(kSecond);
  EXPECT_EQ(lab.events_of(ScanEventKind::established).back().connection.generation, 1u);
}

TEST(ScanDial, TalksUdp) {
  ScanLab lab({.cores = 2});
  int heard = 0;
  lab.udp_server = [&](const ScanLab::Sent& asked) {
    if (++heard == 1) return;  // the first is lost
    const ByteString words = tests::text("datagram");
    ByteString frame(200);
    const PacketView& packet = asked.packet;
    frame.resize(write_datagram(
        lab.to_us(kServer.address),
        {packet.key.endpoint(other(packet.sender)), packet.key.endpoint(packet.sender), words},
        frame));
    lab.answer_later(frame, 5 * kMs);
  };
  lab.dial(1, kServer, true);
  lab.pass(1500 * kMs);
  const auto established = lab.events_of(ScanEventKind::established);
  ASSERT_EQ(established.size(), 1u);
  EXPECT_EQ(established[0].token, 1443u);
  EXPECT_EQ(bytes_of_event(established[0]), tests::text("first words"));
  ASSERT_EQ(lab.events_of(ScanEventKind::heard).size(), 1u);
  EXPECT_EQ(bytes_of_event(lab.events_of(ScanEventKind::heard)[0]), tests::text("datagram"));
  EXPECT_EQ(lab.count(ScanCounter::conversations_opened), 1u);
  lab.order(1, order_to(established[0], "again"));
  lab.pass(100 * kMs);
  EXPECT_EQ(lab.events_of(ScanEventKind::heard).size(), 2u);
  EXPECT_EQ(lab.count(ScanCounter::datagrams_sent), 3u);
  EXPECT_EQ(lab.count(ScanCounter::datagrams_heard), 2u);
  lab.order(1, order_to(established[0], "never"));
  lab.wire_is_full = true;
  lab.round();
  lab.wire_is_full = false;
  EXPECT_EQ(lab.count(ScanCounter::datagrams_unsent), 1u);
  // An ICMP error ends it; a second conversation ends by silence, a third by order.
  lab.unreachable(lab.sent.back());
  lab.pass(100 * kMs);
  EXPECT_EQ(lab.events_of(ScanEventKind::peer_reset).size(), 1u);
  lab.dial(1, kServer, true);
  lab.pass(100 * kMs);
  EXPECT_EQ(lab.events_of(ScanEventKind::established).size(), 2u);
  lab.pass(10 * kSecond);
  EXPECT_EQ(lab.events_of(ScanEventKind::timed_out).size(), 1u);
  lab.dial(1, kServer, true);
  lab.pass(100 * kMs);
  lab.order(1, order_to(lab.events_of(ScanEventKind::established).at(2), ""));
  lab.pass(20 * kSecond);
  EXPECT_EQ(lab.events_of(ScanEventKind::timed_out).size(), 1u) << "closed, and nothing is told";
}

TEST(ScanDial, UdpThatNobodyAnswers) {
  ScanLab lab({.connections_max = 4});
  for (uint16_t port = 1; port <= 6; ++port)
    lab.dial(0, {kServer.address, port}, true);
  lab.udp_server = [&](const ScanLab::Sent& asked) {
    if (asked.packet.key.endpoint(other(asked.packet.sender)).port == 1) lab.unreachable(asked);
  };
  lab.pass(10 * kSecond);
  EXPECT_EQ(lab.events.size(), 6u);
  EXPECT_EQ(lab.events_of(ScanEventKind::dial_silent).size(), 3u);
  EXPECT_EQ(lab.events_of(ScanEventKind::dial_unreachable).at(0).token, 1001u);
  EXPECT_EQ(lab.events_of(ScanEventKind::dial_not_sent).size(), 2u);
  EXPECT_EQ(lab.count(ScanCounter::conversations_full), 2u);
  EXPECT_EQ(lab.count(ScanCounter::datagrams_sent), 10u) << "three times three, and one";
}

}  // namespace
}  // namespace dataplane
