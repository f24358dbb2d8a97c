// SPDX-License-Identifier: Apache-2.0
// Which packets end a connection and begin another on the same ports, and which only pretend to.
#include "tests/support/path_under_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace dataplane {
namespace {

using flowtable::CaptureEnd;
using flowtable::Endpoint;
using flowtable::FlowClass;
using tests::append;
using tests::ByteString;
using tests::Conversation;
using tests::PacketBuilder;
using tests::PathUnderTest;
using tests::play;
using Frames = std::vector<ByteString>;

const Endpoint kClient = tests::v4(1, 40000);
const Endpoint kServer = tests::v4(2, 443);

ByteString packet(const Endpoint& from, uint8_t flags, uint32_t seq, uint32_t ack = 0) {
  return PacketBuilder(from, from == kClient ? kServer : kClient).tcp(flags, seq, ack).build();
}

// A session under way: SYNs and the hello have been seen.
void play_hello(PathUnderTest& path, Conversation& conversation) {
  play(path, conversation.handshake());
  play(path, conversation.client_sends(tests::tls13_client()));
}

// All of a session that fits one packet each way: five frames.
Frames session(Conversation& conversation) {
  Frames frames = conversation.handshake();
  append(frames, conversation.client_sends(tests::tls13_client()));
  append(frames, conversation.server_sends(tests::tls13_server()));
  return frames;
}

void expect_whole(const tests::TakenCapture& taken) {
  EXPECT_EQ(taken.end, CaptureEnd::handshake_done);
  EXPECT_EQ(taken.from(kClient), tests::tls13_client());
  EXPECT_EQ(taken.from(kServer), tests::tls13_server());
}

// RFC 5961 section 4: whoever gets a SYN on a live connection answers with an ACK and goes on.
TEST(PortReuse, AForgedSynEndsNothing) {
  const uint8_t syn = TcpFlags::kSyn, syn_ack = TcpFlags::kSyn | TcpFlags::kAck;
  const Frames forgeries = {packet(kClient, syn, 900000), packet(kServer, syn, 900000),
                            packet(kServer, syn_ack, 900000, 800000),
                            packet(kServer, syn_ack, 1200, 77), packet(kClient, syn, 1100)};
  for (const ByteString& forged : forgeries) {
    PathUnderTest path;
    Conversation conversation(kClient, kServer);
    play_hello(path, conversation);
    path.accept(forged);
    path.accept(conversation.server_flags(TcpFlags::kAck));
    EXPECT_EQ(path.take().size(), 0u);
    play(path, conversation.server_sends(tests::tls13_server()));
    const auto taken = path.take();
    ASSERT_EQ(taken.size(), 1u);
    expect_whole(taken[0]);
    EXPECT_EQ(path.count(PathCounter::flows_port_reused), 0u);
    EXPECT_EQ(path.count(PathCounter::flows_disputed), 1u);
    path.drain();
    EXPECT_EQ(path.num_flows(), 0u);
    EXPECT_EQ(path.take().size(), 0u);
  }
}

TEST(PortReuse, ForgedSynsBetweenAnyTwoPacketsEndNothing) {
  Conversation conversation(kClient, kServer);
  Frames frames = conversation.handshake();
  append(frames, conversation.client_sends(tests::tls12_client(), 60));
  append(frames, conversation.server_sends(tests::tls12_server(), 500));
  for (size_t at = 2; at <= frames.size(); ++at) {
    PathUnderTest path;
    Frames attacked = frames;
    for (uint32_t i = 0; i < 3; ++i) {
      attacked.insert(attacked.begin() + static_cast<std::ptrdiff_t>(at),
                      packet(kClient, TcpFlags::kSyn, 0x70000000 + i * 0x1000000));
    }
    play(path, attacked);
    const auto taken = path.take();
    ASSERT_EQ(taken.size(), 1u) << at;
    EXPECT_EQ(taken[0].end, CaptureEnd::handshake_done) << at;
    EXPECT_EQ(taken[0].plaintext_before, (std::array<uint32_t, 2>{0, 0})) << at;
    EXPECT_LE(path.count(PathCounter::flows_created), 2u);
  }
}

// Every order of the new connection's packets, after every way that the old one may stand.
TEST(PortReuse, GivesBothSessionsInWhateverOrderTheNewOneComes) {
  enum class Old { hello, answered, fin, fin_of_both, reset };
  for (const Old old : {Old::hello, Old::answered, Old::fin, Old::fin_of_both, Old::reset}) {
    std::array<size_t, 5> order{};
    std::iota(order.begin(), order.end(), 0);
    do {
      PathUnderTest path;
      Conversation first(kClient, kServer);
      play_hello(path, first);
      if (old != Old::hello) play(path, first.server_sends(tests::tls13_server()));
      const uint8_t fin = TcpFlags::kFin | TcpFlags::kAck;
      if (old == Old::fin || old == Old::fin_of_both) path.accept(first.client_flags(fin));
      if (old == Old::fin_of_both) path.accept(first.server_flags(fin));
      if (old == Old::reset) path.accept(first.client_flags(TcpFlags::kRst));
      Conversation second(kClient, kServer, 900000, 0xfff00000);
      const Frames frames = session(second);
      for (const size_t i : order)
        path.accept(frames[i]);
      path.drain();
      const auto taken = path.take();
      ASSERT_EQ(taken.size(), 2u) << static_cast<int>(old) << " order " << order[0] << order[1]
                                  << order[2] << order[3] << order[4];
      size_t num_whole = 0;
      for (const auto& capture : taken) {
        EXPECT_EQ(capture.from(kClient), tests::tls13_client());
        num_whole += capture.from(kServer) == tests::tls13_server() ? 1 : 0;
        EXPECT_EQ(capture.plaintext_before, (std::array<uint32_t, 2>{0, 0}));
        if (capture.flow.syn_seen) {
          EXPECT_EQ(capture.flow.key.endpoint(capture.flow.originator), kClient);
        }
      }
      EXPECT_EQ(num_whole, old == Old::hello ? 1u : 2u);
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(PortReuse, EndsTheOldConnectionWhenTheOtherSideAgrees) {
  PathUnderTest path;
  Conversation first(kClient, kServer), second(kClient, kServer, 900000, 800000);
  play_hello(path, first);
  const Frames frames = session(second);
  path.accept(frames[0]);
  EXPECT_EQ(path.take().size(), 0u);
  EXPECT_EQ(path.num_flows(), 2u);
  path.accept(frames[1]);
  EXPECT_EQ(path.num_flows(), 1u);
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].end, CaptureEnd::port_reused);
  EXPECT_EQ(path.count(PathCounter::flows_port_reused), 1u);
}

// Where a tap shows one direction only, the other one's consent is never seen.
// A firewall that randomises sequence numbers, tapped on both sides: all that the server says comes
// twice, by two countings, and only one of them is the client's. Seen in a capture.
TEST(PortReuse, KeepsTheCountingThatBothSidesUse) {
  for (const bool stranger_first : {true, false}) {
    Conversation inside(kClient, kServer), outside(kClient, kServer, 0x38000000, 0x77000000);
    const Frames known = session(inside), strange = session(outside);
    PathUnderTest path;
    path.accept(known[0]);
    path.accept(stranger_first ? strange[1] : known[1]);
    path.accept(stranger_first ? known[1] : strange[1]);
    path.accept(known[2]);
    path.accept(known[3]);
    path.accept(stranger_first ? strange[4] : known[4]);
    path.accept(stranger_first ? known[4] : strange[4]);
    // The connection ends, and the other counting goes on for a while.
    path.accept(inside.client_flags(TcpFlags::kFin | TcpFlags::kAck));
    play(path, outside.server_sends(tests::application_bytes(2000)));
    path.set_seconds(6);
    path.expire();
    play(path, outside.server_sends(tests::application_bytes(2000)));
    path.drain();
    const auto taken = path.take();
    ASSERT_EQ(taken.size(), 1u);
    expect_whole(taken[0]);
    EXPECT_EQ(path.count(PathCounter::captures_disputed), 1u);
    EXPECT_EQ(path.captures_free(), 16u);
  }
}

TEST(PortReuse, NeedsNoConsentThatCannotBeSeen) {
  PathUnderTest path;
  Conversation first(kClient, kServer), second(kClient, kServer, 900000, 800000);
  path.accept(first.handshake()[0]);
  play(path, first.client_sends(tests::tls13_client()));
  path.accept(second.handshake()[0]);
  play(path, second.client_sends(tests::client_hello()));
  EXPECT_EQ(path.count(PathCounter::flows_port_reused), 1u);
  path.drain();
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0].end, CaptureEnd::port_reused);
  EXPECT_EQ(taken[0].from(kClient), tests::tls13_client());
  EXPECT_EQ(taken[1].from(kClient), tests::client_hello());
}

TEST(PortReuse, GoesOnWithTheNewConnectionWhenTheOldOneExpires) {
  PathUnderTest path;
  Conversation first(kClient, kServer), second(kClient, kServer, 900000, 800000);
  play_hello(path, first);
  path.set_seconds(25);
  const Frames frames = session(second);
  path.accept(frames[0]);
  path.set_seconds(31);
  path.expire();
  EXPECT_EQ(path.take().size(), 1u);
  play(path, {frames.begin() + 1, frames.end()});
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  expect_whole(taken[0]);
  EXPECT_EQ(taken[0].flow.packets[taken[0].side_of(kClient)], 3u);
  EXPECT_EQ(path.num_flows(), 1u);
}

// Three connections at once: the second never comes to anything.
TEST(PortReuse, ForgetsATryThatANewerOneFollows) {
  PathUnderTest path;
  Conversation first(kClient, kServer), second(kClient, kServer, 900000, 800000);
  Conversation third(kClient, kServer, 0x50000000, 0x60000000);
  play_hello(path, first);
  path.accept(second.handshake()[0]);
  play(path, second.client_sends(tests::client_hello()));
  play(path, session(third));
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0].from(kClient), tests::tls13_client());
  expect_whole(taken[1]);
  EXPECT_EQ(path.count(PathCounter::flows_port_reused), 2u);
  EXPECT_EQ(path.count(PathCounter::captures_disputed), 1u);
}

TEST(PortReuse, TakesALateSynForItsOwn) {
  // The first packets of each side in any order, all of one connection.
  Conversation conversation(kClient, kServer);
  Frames open = conversation.handshake();
  Frames words = conversation.client_sends(tests::tls13_client(), 50);
  append(open, words);
  append(open, conversation.server_sends(tests::tls13_server(), 70));
  std::rotate(open.begin(), open.begin() + 2, open.end());
  PathUnderTest path;
  play(path, open);
  path.drain();
  EXPECT_EQ(path.count(PathCounter::flows_created), 1u);
  EXPECT_EQ(path.take().size(), 1u);
}

// RFC 5961 section 3: a RST that does not hit the window means nothing.
TEST(PortReuse, DisbelievesAResetOutsideTheWindow) {
  const uint8_t rst = TcpFlags::kRst, rst_ack = TcpFlags::kRst | TcpFlags::kAck;
  const Frames forgeries = {packet(kClient, rst, 0xfff00000), packet(kClient, rst, 0x80000000),
                            packet(kServer, rst, 5001 + 70000),
                            packet(kServer, rst_ack, 0xfff00000, 1001)};
  for (const ByteString& forged : forgeries) {
    PathUnderTest path;
    Conversation conversation(kClient, kServer);
    play_hello(path, conversation);
    path.accept(forged);
    EXPECT_EQ(path.count(PathCounter::ends_disbelieved), 1u);
    EXPECT_EQ(path.flow_of(forged)->flow_class(), FlowClass::handshaking);
    path.set_seconds(8);
    path.expire();
    play(path, conversation.server_sends(tests::tls13_server()));
    const auto taken = path.take();
    ASSERT_EQ(taken.size(), 1u);
    expect_whole(taken[0]);
  }
}

TEST(PortReuse, DisbelievesAFinOutsideTheWindow) {
  PathUnderTest path;
  Conversation conversation(kClient, kServer);
  play_hello(path, conversation);
  path.accept(packet(kServer, TcpFlags::kFin | TcpFlags::kAck, 0x30000000, 1001));
  EXPECT_EQ(path.count(PathCounter::ends_disbelieved), 1u);
  play(path, conversation.server_sends(tests::tls13_server()));
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  expect_whole(taken[0]);
}

// RFC 9293 section 3.5: both SYNs cross, and each side answers the other's.
TEST(PortReuse, BearsASimultaneousOpen) {
  PathUnderTest path;
  const uint8_t syn_ack = TcpFlags::kSyn | TcpFlags::kAck;
  Conversation conversation(kClient, kServer, 1000, 5000);
  const Frames frames = session(conversation);
  play(path, {packet(kClient, TcpFlags::kSyn, 1000), packet(kServer, TcpFlags::kSyn, 5000),
              packet(kClient, syn_ack, 1000, 5001), packet(kServer, syn_ack, 5000, 1001)});
  play(path, {frames.begin() + 2, frames.end()});
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  expect_whole(taken[0]);
  EXPECT_EQ(taken[0].plaintext_before, (std::array<uint32_t, 2>{0, 0}));
}

TEST(PortReuse, BelievesARefusal) {
  PathUnderTest path;
  path.accept(packet(kClient, TcpFlags::kSyn, 1000));
  const ByteString refusal = packet(kServer, TcpFlags::kRst | TcpFlags::kAck, 0, 1001);
  path.accept(refusal);
  EXPECT_EQ(path.flow_of(refusal)->flow_class(), FlowClass::closing);
  EXPECT_EQ(path.count(PathCounter::ends_disbelieved), 0u);
}

}  // namespace
}  // namespace dataplane
