// SPDX-License-Identifier: Apache-2.0
// The life of flows: begin, reuse, silence, pressure.
#include "dataplane/packet_path.hpp"

#include "tests/support/path_under_test.hpp"

#include <gtest/gtest.h>

#include <set>

namespace dataplane {
namespace {

using flowtable::CaptureEnd;
using flowtable::Endpoint;
using flowtable::FlowClass;
using flowtable::FlowStage;
using flowtable::TcpState;
using tests::ByteString;
using tests::Conversation;
using tests::PacketBuilder;
using tests::PathUnderTest;
using tests::play;
using tests::text;
using Frames = std::vector<ByteString>;

const Endpoint kClient = tests::v4(1, 40000);
const Endpoint kServer = tests::v4(2, 443);

ByteString syn(uint32_t isn) {
  return PacketBuilder(kClient, kServer).tcp(TcpFlags::kSyn, isn).build();
}

// A whole TLS session, up to the first encrypted records.
void play_session(PathUnderTest& path, Conversation& conversation) {
  play(path, conversation.handshake());
  play(path, conversation.client_sends(tests::tls13_client()));
  play(path, conversation.server_sends(tests::tls13_server()));
}

TEST(PacketPath, SummarisesTheFlowAtHandOff) {
  dataplane::PathOptions options;
  options.core = 7;
  PathUnderTest path({}, options);
  Conversation conversation(kClient, kServer);
  const Frames open = conversation.handshake();
  path.set_seconds(1);
  play(path, open);
  path.set_seconds(2);
  const Frames hello = conversation.client_sends(tests::tls13_client());
  const Frames answer = conversation.server_sends(tests::tls13_server());
  play(path, hello);
  play(path, answer);
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  const flowtable::FlowSummary& flow = taken[0].flow;
  const size_t client = taken[0].side_of(kClient), server = 1 - client;
  EXPECT_EQ(flow.last_seen - flow.first_seen, std::chrono::seconds(1));
  EXPECT_EQ(flow.packets[client], 3u);
  EXPECT_EQ(flow.packets[server], 2u);
  EXPECT_EQ(flow.bytes[client], open[0].size() + open[2].size() + hello[0].size());
  EXPECT_EQ(flow.bytes[server], open[1].size() + answer[0].size());
  EXPECT_EQ(flow.tcp_flags[client], TcpFlags::kSyn | TcpFlags::kAck | TcpFlags::kPsh);
  EXPECT_EQ(flow.key.endpoint(flow.originator), kClient);
  EXPECT_TRUE(flow.syn_seen);
  EXPECT_EQ(flow.core, 7u);
}

TEST(PacketPath, SenderOfTheSynIsOriginatorWhoeverCameFirst) {
  const auto originator_after = [](const Frames& frames) {
    PathUnderTest path;
    play(path, frames);
    const flowtable::Flow* flow = path.flow_of(frames[0]);
    return flow->load_key().endpoint(flow->originator());
  };
  Conversation conversation(kClient, kServer);
  const Frames open = conversation.handshake();
  const Frames words = conversation.server_sends(text("220 hello\r\n"));
  EXPECT_EQ(originator_after({open[0]}), kClient);
  EXPECT_EQ(originator_after({open[1]}), kClient);
  EXPECT_EQ(originator_after({words[0]}), kServer);
  EXPECT_EQ(originator_after({words[0], open[1]}), kClient);
  EXPECT_EQ(originator_after({words[0], open[0]}), kClient);
}

TEST(PacketPath, DoesNotFollowWhatIsLeftOfDeadConnections) {
  Conversation conversation(kClient, kServer);
  PathUnderTest path;
  for (const uint8_t flags : {TcpFlags::kAck, TcpFlags::kFin, TcpFlags::kRst})
    path.accept(conversation.client_flags(flags));
  EXPECT_EQ(path.num_flows(), 0u);
  EXPECT_EQ(path.count(PathCounter::packets_stray), 3u);
  EXPECT_EQ(path.count(PathCounter::packets), 3u);
}

TEST(PacketPath, SeesANewConnectionOnTheSamePorts) {
  PathUnderTest path;
  Conversation first(kClient, kServer);
  play(path, first.handshake());
  play(path, first.client_sends(tests::client_hello()));
  Conversation second(kClient, kServer, 900000, 800000);
  play_session(path, second);
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0].end, CaptureEnd::port_reused);
  EXPECT_EQ(taken[0].from(kClient), tests::client_hello());
  EXPECT_EQ(taken[1].end, CaptureEnd::handshake_done);
  EXPECT_EQ(taken[1].from(kClient), tests::tls13_client());
  EXPECT_EQ(taken[1].flow.packets[taken[1].side_of(kClient)], 3u);
  EXPECT_EQ(path.count(PathCounter::flows_port_reused), 1u);
}

TEST(PacketPath, SeesANewConnectionAfterFinOrReset) {
  for (const uint8_t flag : {TcpFlags::kFin, TcpFlags::kRst}) {
    PathUnderTest path;
    Conversation first(kClient, kServer);
    play(path, first.handshake());
    path.accept(first.server_flags(flag));
    Conversation second(kClient, kServer, 900000, 800000);
    play_session(path, second);
    ASSERT_EQ(path.take().size(), 1u);
    EXPECT_EQ(path.count(PathCounter::flows_created), 2u);
  }
}

TEST(PacketPath, TakesAnotherSynBeforeDataForAnotherTry) {
  PathUnderTest path;
  path.accept(syn(1000));
  path.accept(syn(1000));
  path.accept(syn(700000));
  Conversation conversation(kClient, kServer, 900000, 800000);
  play_session(path, conversation);
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].from(kClient), tests::tls13_client());
  EXPECT_EQ(taken[0].plaintext_before, (std::array<uint32_t, 2>{0, 0}));
  EXPECT_EQ(path.count(PathCounter::flows_created), 1u);
  EXPECT_EQ(path.count(PathCounter::flows_port_reused), 0u);
}

// A server that still waits out an older connection answers a SYN with an ACK for that one, is told
// so by a RST, and the SYN comes again.
TEST(PacketPath, BearsNumbersOfAnOlderConnection) {
  PathUnderTest path;
  path.accept(syn(1000));
  path.accept(PacketBuilder(kServer, kClient).tcp(TcpFlags::kAck, 77000, 900000000).build());
  path.accept(PacketBuilder(kClient, kServer).tcp(TcpFlags::kRst, 900000000).build());
  Conversation conversation(kClient, kServer);
  play_session(path, conversation);
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].from(kClient), tests::tls13_client());
  EXPECT_EQ(taken[0].from(kServer), tests::tls13_server());
  EXPECT_EQ(taken[0].plaintext_before, (std::array<uint32_t, 2>{0, 0}));
}

TEST(PacketPath, EndsASilentHandshakeAtTheNextPacketOrBefore) {
  for (const bool expire_first : {true, false}) {
    PathUnderTest path;
    Conversation conversation(kClient, kServer);
    play(path, conversation.handshake());
    play(path, conversation.client_sends(tests::client_hello()));
    path.set_seconds(29);
    EXPECT_EQ(path.expire(), 0u);
    path.set_seconds(31);
    if (expire_first) {
      EXPECT_EQ(path.expire(), 1u);
    }
    play(path, conversation.server_sends(tests::tls13_server()));
    const auto taken = path.take();
    ASSERT_EQ(taken.size(), 1u);
    EXPECT_EQ(taken[0].end, CaptureEnd::timed_out);
    EXPECT_EQ(taken[0].from(kClient), tests::client_hello());
    EXPECT_EQ(path.count(PathCounter::flows_expired), 1u);
    EXPECT_EQ(path.count(PathCounter::flows_created), 2u);
  }
}

TEST(PacketPath, EndsACaptureThatMakesNoProgress) {
  PathUnderTest path;
  Conversation conversation(kClient, kServer);
  play(path, conversation.handshake());
  play(path, conversation.client_sends(tests::client_hello()));
  for (int second = 0; second <= 31; ++second) {
    path.set_seconds(second);
    path.accept(conversation.client_flags(TcpFlags::kAck));
  }
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].end, CaptureEnd::timed_out);
  EXPECT_EQ(path.count(PathCounter::flows_expired), 0u);
}

TEST(PacketPath, AResetEndsACaptureOnceNothingCanBeUnderWay) {
  PathUnderTest path;
  Conversation conversation(kClient, kServer);
  play(path, conversation.handshake());
  play(path, conversation.client_sends(tests::client_hello()));
  path.accept(conversation.server_flags(TcpFlags::kRst | TcpFlags::kAck));
  EXPECT_TRUE(path.take().empty());
  path.set_seconds(6);
  path.expire();
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].end, CaptureEnd::closed);
  EXPECT_EQ(path.count(PathCounter::ended_closed), 1u);
}

TEST(PacketPath, MakesPlaceForNewFlowsFirstFromTheEmbryonic) {
  PathUnderTest path(tests::PathLimits{.flows_max = 16});
  Conversation conversation(kClient, kServer);
  play(path, conversation.handshake());
  play(path, conversation.client_sends(tests::client_hello()));
  for (uint16_t port = 1; port <= 500; ++port)
    path.accept(PacketBuilder(tests::v4(9, port), kServer).tcp(TcpFlags::kSyn, port).build());
  EXPECT_LE(path.num_flows(), 16u);
  EXPECT_GT(path.count(PathCounter::flows_evicted), 400u);
  play(path, conversation.server_sends(tests::tls13_server()));
  path.drain();
  ASSERT_EQ(path.take().size(), 1u);
  EXPECT_EQ(path.num_flows(), 0u);
}

// Packets that begin, end and reuse flows inside one burst must act as if each came alone.
TEST(PacketPath, TreatsABurstLikeSinglePackets) {
  Frames frames;
  for (uint16_t i = 0; i < 6; ++i) {
    Conversation conversation(tests::v4(1, 100), kServer, 10000u * (i + 1), 500u * (i + 1));
    tests::append(frames, conversation.handshake());
    tests::append(frames, conversation.client_sends(tests::tls13_client()));
    if (i % 2 == 0) tests::append(frames, conversation.server_sends(tests::tls13_server()));
    Conversation other(tests::v4(3, static_cast<uint16_t>(200 + i)), kServer);
    tests::append(frames, other.handshake());
    tests::append(frames, other.client_sends(tests::tls13_client()));
  }
  PathUnderTest one_by_one, together, tight(tests::PathLimits{.flows_max = 16});
  play(one_by_one, frames);
  together.accept_burst(frames);
  tight.accept_burst(frames);
  one_by_one.drain();
  together.drain();
  tight.drain();
  const auto expected = one_by_one.take();
  for (const auto& taken : {together.take(), tight.take()}) {
    ASSERT_EQ(taken.size(), expected.size());
    ASSERT_EQ(taken.size(), 12u);
    std::multiset<ByteString> keys, expected_keys;
    for (size_t i = 0; i < taken.size(); ++i) {
      keys.insert(tests::join({taken[i].streams[0], taken[i].streams[1]}));
      expected_keys.insert(tests::join({expected[i].streams[0], expected[i].streams[1]}));
    }
    EXPECT_EQ(keys, expected_keys);
  }
}

TEST(PacketPath, CountsAFullHandOffRingAndGoesOn) {
  PathUnderTest path(tests::PathLimits{.handoff_capacity = 2});
  for (uint16_t port = 1; port <= 5; ++port) {
    Conversation conversation(tests::v4(1, port), kServer);
    play_session(path, conversation);
  }
  EXPECT_EQ(path.drops(DropReason::handoff_full), 3u);
  EXPECT_EQ(path.captures_free(), 14u);
  EXPECT_EQ(path.take().size(), 2u);
  EXPECT_EQ(path.captures_free(), 16u);
}

TEST(PacketPath, CountsAnEmptyPoolAndGoesOn) {
  PathUnderTest path(tests::PathLimits{.captures_max = 2});
  for (uint16_t port = 1; port <= 5; ++port) {
    Conversation conversation(tests::v4(1, port), kServer);
    play(path, conversation.handshake());
    play(path, conversation.client_sends(tests::client_hello()));
  }
  EXPECT_EQ(path.drops(DropReason::capture_pool_empty), 3u);
  path.drain();
  EXPECT_EQ(path.take().size(), 2u);
}

TEST(PacketPath, ClassesFollowTheConnection) {
  PathUnderTest path;
  Conversation conversation(kClient, kServer);
  const Frames open = conversation.handshake();
  const auto class_after = [&](const ByteString& frame) {
    path.accept(frame);
    return path.flow_of(frame)->flow_class();
  };
  EXPECT_EQ(class_after(open[0]), FlowClass::embryonic);
  EXPECT_EQ(class_after(open[1]), FlowClass::embryonic);
  EXPECT_EQ(class_after(open[2]), FlowClass::handshaking);
  EXPECT_EQ(class_after(conversation.client_sends(tests::tls13_client())[0]),
            FlowClass::handshaking);
  EXPECT_EQ(class_after(conversation.server_sends(tests::tls13_server())[0]),
            FlowClass::established);
  EXPECT_EQ(class_after(conversation.client_flags(TcpFlags::kFin | TcpFlags::kAck)),
            FlowClass::closing);
  EXPECT_EQ(path.flow_of(open[0])->tcp_state(), static_cast<uint8_t>(TcpState::fin_originator));
}

TEST(PathCounter, HasOneNameForEach) {
  std::set<std::string_view> names;
  for (const auto& row : kPathCounterTable)
    EXPECT_TRUE(names.insert(name_of(row.counter)).second) << row.name;
  EXPECT_EQ(name_of(counter_of(CaptureEnd::handshake_done)), "ended_handshake_done");
  EXPECT_EQ(name_of(counter_of(CaptureEnd::drained)), "ended_drained");
}

}  // namespace
}  // namespace dataplane
