// SPDX-License-Identifier: Apache-2.0
// When the packet path lets a capture go, and what it does when there is no room.
#include "tests/support/path_under_test.hpp"

#include <gtest/gtest.h>

namespace dataplane {
namespace {

using flowtable::CaptureEnd;
using flowtable::Endpoint;
using tests::ByteString;
using tests::Conversation;
using tests::expect_direction;
using tests::join;
using tests::PacketBuilder;
using tests::PathUnderTest;
using tests::play;
using tests::text;
using Frames = std::vector<ByteString>;

const Endpoint kClient = tests::v4(1, 40000);
const Endpoint kServer = tests::v4(2, 443);

TEST(HandshakeEnd, CapturesAnAlertThatAnswersAHello) {
  Conversation conversation(kClient, kServer);
  PathUnderTest path;
  play(path, conversation.handshake());
  play(path, conversation.client_sends(tests::client_hello()));
  play(path, conversation.server_sends(tests::alert(2, 40)));
  path.accept(conversation.server_flags(TcpFlags::kFin | TcpFlags::kAck));
  EXPECT_EQ(path.take().size(), 0u);
  path.accept(conversation.client_flags(TcpFlags::kFin | TcpFlags::kAck));
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].end, CaptureEnd::closed);
  EXPECT_EQ(taken[0].from(kServer), tests::alert(2, 40));
}

TEST(HandshakeEnd, KeepsTheHelloThatIsAnsweredWithoutTls) {
  Conversation conversation(kClient, kServer);
  PathUnderTest path;
  play(path, conversation.handshake());
  play(path, conversation.client_sends(tests::client_hello()));
  play(path, conversation.server_sends(text("HTTP/1.1 400 Bad Request\r\n\r\n")));
  path.accept(conversation.server_flags(TcpFlags::kRst));
  path.drain();
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].from(kClient), tests::client_hello());
  EXPECT_TRUE(taken[0].from(kServer).empty());
}

// A client that has lost interest resets while the server's certificates are still under way: seen
// in a capture of a phone that opened more connections than it needed.
TEST(HandshakeEnd, KeepsWhatWasUnderWayWhenTheOtherSideReset) {
  Conversation conversation(kClient, kServer);
  PathUnderTest path;
  play(path, conversation.handshake());
  play(path, conversation.client_sends(tests::client_hello()));
  path.accept(conversation.client_flags(TcpFlags::kFin | TcpFlags::kAck));
  play(path, conversation.server_sends(tests::part_of(tests::tls12_server(), 0, 1000)));
  path.accept(conversation.client_flags(TcpFlags::kRst));
  const size_t all = tests::tls12_server().size();
  play(path, conversation.server_sends(tests::part_of(tests::tls12_server(), 1000, all - 1000)));
  path.drain();
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].from(kServer), tests::tls12_server());
}

TEST(HandshakeEnd, WaitsForTheBytesBeforeAFin) {
  Conversation conversation(kClient, kServer);
  PathUnderTest path;
  play(path, conversation.handshake());
  play(path, conversation.client_sends(tests::client_hello()));
  const Frames answer = conversation.server_sends(tests::part_of(tests::tls12_server(), 0, 3000));
  path.accept(conversation.server_flags(TcpFlags::kFin | TcpFlags::kAck));
  path.accept(conversation.client_flags(TcpFlags::kFin | TcpFlags::kAck));
  EXPECT_EQ(path.take().size(), 0u);
  play(path, answer);
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].from(kServer).size(), 3000u);
}

// Only the server's direction is seen, so nothing but these bytes says that it is TLS; and a host
// that joins segments shows them all in one.
TEST(HandshakeEnd, TakesAFirstSegmentLongerThanTheSmallBuffer) {
  Conversation conversation(kClient, kServer);
  const ByteString huge = tests::tls12_server(30000);
  PathUnderTest path;
  play(path, conversation.server_sends(huge, 60000));
  path.drain();
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  expect_direction(taken[0].from(kServer), huge, huge.size() - 45);
}

TEST(HandshakeEnd, GrowsOnceForAHugeCertificate) {
  Conversation conversation(kClient, kServer);
  const ByteString huge = tests::tls12_server(15000);
  PathUnderTest path;
  play(path, conversation.handshake());
  play(path, conversation.client_sends(tests::tls12_client()));
  play(path, conversation.server_sends(huge));
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].end, CaptureEnd::handshake_done);
  expect_direction(taken[0].from(kServer), huge, huge.size() - 45);
  EXPECT_EQ(path.count(PathCounter::captures_grown), 1u);
}

TEST(HandshakeEnd, KeepsTheHelloBehindMuchEarlyData) {
  const ByteString early = tests::early_data_hello();
  const ByteString client = join({early, tests::application_bytes(14000), early});
  const ByteString answer = tests::server_hello();
  Conversation conversation(kClient, kServer);
  PathUnderTest path;
  play(path, conversation.handshake());
  play(path, conversation.client_sends(client));
  play(path, conversation.server_sends(join({answer, answer, tests::application_bytes()})));
  EXPECT_EQ(path.take().size(), 0u);
  play(path, conversation.client_sends(tests::application_bytes()));
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].end, CaptureEnd::handshake_done);
  expect_direction(taken[0].from(kClient), join({client, tests::application_bytes()}),
                   client.size());
}

TEST(HandshakeEnd, CutsWhatFitsNoBuffer) {
  Conversation conversation(kClient, kServer);
  const ByteString huge = tests::tls12_server(15000);
  PathUnderTest path(tests::PathLimits{.large_max = 0});
  play(path, conversation.handshake());
  play(path, conversation.client_sends(tests::tls12_client()));
  play(path, conversation.server_sends(huge));
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].from(kServer), tests::part_of(huge, 0, 12 * 1024));
  EXPECT_TRUE(taken[0].truncated[taken[0].side_of(kServer)]);
  EXPECT_EQ(path.count(PathCounter::captures_cut), 1u);
}

TEST(HandshakeEnd, ReleasesWhatOnlyBeganLikeTls) {
  Conversation conversation(kClient, kServer);
  PathUnderTest path;
  play(path, conversation.handshake());
  play(path, conversation.client_sends({22, 3}));
  EXPECT_EQ(path.captures_free(), 15u);
  play(path, conversation.client_sends(text("no TLS at all")));
  EXPECT_EQ(path.captures_free(), 16u);
  EXPECT_EQ(path.count(PathCounter::captures_not_tls), 1u);
  path.drain();
  EXPECT_EQ(path.take().size(), 0u);
}

TEST(HandshakeEnd, ReleasesAHoleThatIsFilledWithOtherWords) {
  Conversation conversation(kClient, kServer);
  const Frames words = conversation.client_sends(text("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 10);
  PathUnderTest path;
  path.accept(PacketBuilder(kClient, kServer).tcp(TcpFlags::kSyn, 999).build());
  path.accept(words[1]);
  EXPECT_EQ(path.captures_free(), 15u);
  path.accept(words[0]);
  EXPECT_EQ(path.captures_free(), 16u);
}

TEST(HandshakeEnd, ReleasesAHoleThatIsNeverFilled) {
  Conversation conversation(kClient, kServer);
  PathUnderTest path;
  path.accept(conversation.handshake()[0]);
  Frames lost = conversation.client_sends(ByteString(1000, 'x'));
  play(path, conversation.client_sends(ByteString(20000, 'x')));
  EXPECT_EQ(path.captures_free(), 16u);
}

}  // namespace
}  // namespace dataplane
