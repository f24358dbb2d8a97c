// SPDX-License-Identifier: Apache-2.0
// A tap shows each direction by a path of its own, so one may come later than the other.
#include "tests/support/path_under_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace dataplane {
namespace {

using flowtable::CaptureEnd;
using flowtable::Endpoint;
using tests::append;
using tests::ByteString;
using tests::Conversation;
using tests::PathUnderTest;
using tests::play;
using Frames = std::vector<ByteString>;

const Endpoint kClient = tests::v4(1, 40000);
const Endpoint kServer = tests::v4(2, 443);
constexpr uint8_t kFinAck = TcpFlags::kFin | TcpFlags::kAck;

// One connection from SYN to FIN, as each of the two legs shows it.
struct Legs {
  Frames client;
  Frames server;
};

Legs legs_of(const ByteString& client, const ByteString& server) {
  Conversation conversation(kClient, kServer);
  const Frames open = conversation.handshake();
  Legs legs{{open[0], open[2]}, {open[1]}};
  append(legs.client, conversation.client_sends(client, 200));
  append(legs.server, conversation.server_sends(server, 1000));
  legs.client.push_back(conversation.client_flags(kFinAck));
  legs.server.push_back(conversation.server_flags(kFinAck));
  return legs;
}

TEST(Skew, JoinsALegThatComesSecondsAfterTheOtherOnesEnd) {
  const ByteString client = tests::tls12_client(), server = tests::tls12_server();
  for (const bool client_first : {true, false}) {
    for (const double late_s : {0.5, 3.0, 8.0, 25.0}) {
      const Legs legs = legs_of(client, server);
      PathUnderTest path;
      play(path, client_first ? legs.client : legs.server);
      path.set_seconds(late_s);
      path.expire();
      play(path, client_first ? legs.server : legs.client);
      const auto taken = path.take();
      ASSERT_EQ(taken.size(), 1u) << client_first << " " << late_s;
      EXPECT_EQ(taken[0].end, CaptureEnd::handshake_done);
      tests::expect_direction(taken[0].from(kClient), client, client.size() - 45);
      tests::expect_direction(taken[0].from(kServer), server, server.size() - 45);
      EXPECT_EQ(path.count(PathCounter::flows_created), 1u);
    }
  }
}

// A leg that overtakes: FIN before the data it ends, a refusal before the hello that it answers.
TEST(Skew, BearsAFinBeforeItsData) {
  for (const bool server_first : {true, false}) {
    Legs legs = legs_of(tests::tls13_client(), tests::tls13_server());
    std::rotate(legs.client.begin() + 2, legs.client.end() - 1, legs.client.end());
    std::rotate(legs.server.begin() + 1, legs.server.end() - 1, legs.server.end());
    PathUnderTest path;
    play(path, server_first ? legs.server : legs.client);
    play(path, server_first ? legs.client : legs.server);
    path.drain();
    const auto taken = path.take();
    ASSERT_EQ(taken.size(), 1u);
    EXPECT_EQ(taken[0].from(kClient), tests::tls13_client());
    EXPECT_EQ(taken[0].from(kServer), tests::tls13_server());
  }
}

TEST(Skew, KeepsARefusalThatComesBeforeItsHello) {
  const Legs legs = legs_of(tests::client_hello(), tests::alert(2, 40));
  PathUnderTest path;
  play(path, {legs.server.begin() + 1, legs.server.end()});
  path.set_seconds(0.5);
  play(path, legs.client);
  path.drain();
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].from(kClient), tests::client_hello());
  EXPECT_EQ(taken[0].from(kServer), tests::alert(2, 40));
}

// An alert alone is nobody's session.
TEST(Skew, GivesBackARefusalWithoutAHello) {
  const Legs legs = legs_of(tests::client_hello(), tests::alert(2, 40));
  PathUnderTest path;
  play(path, legs.server);
  path.set_seconds(6);
  path.expire();
  EXPECT_EQ(path.take().size(), 0u);
  EXPECT_EQ(path.captures_free(), 16u);
  EXPECT_EQ(path.count(PathCounter::captures_not_tls), 1u);
}

// The server's first hello is lost to the tap, and the client's says where it was.
TEST(Skew, KeepsAHelloBehindAHoleThatStaysOpen) {
  Conversation conversation(kClient, kServer);
  PathUnderTest path;
  play(path, conversation.handshake());
  play(path, conversation.client_sends(tests::client_hello()));
  (void)conversation.server_sends(tests::server_hello());
  play(path, conversation.server_sends(tests::server_hello()));
  path.drain();
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].from(kServer), tests::server_hello());
  EXPECT_EQ(taken[0].plaintext_before[taken[0].side_of(kServer)], tests::server_hello().size());
}

// Waiting must not starve what is under way: from half the pool on, an ended direction waits no
// longer than any closing flow.
TEST(Skew, WaitsForTheOtherLegOnlyWhileBuffersAreLeft) {
  PathUnderTest path(tests::PathLimits{.captures_max = 16});
  // Three handshakes are under way. Of one side alone only half of the buffers may be.
  for (uint8_t i = 1; i <= 3; ++i) {
    Conversation conversation(tests::v4(i, 40000), kServer);
    play(path, conversation.handshake());
    play(path, conversation.client_sends(tests::tls13_client()));
  }
  for (uint8_t i = 1; i <= 8; ++i) {
    Conversation conversation(tests::v4(i, 50000), kServer);
    path.accept(conversation.handshake()[0]);
    play(path, conversation.client_sends(tests::tls13_client()));
    path.accept(conversation.client_flags(kFinAck));
  }
  path.set_seconds(6);
  path.expire();
  EXPECT_EQ(path.take().size(), 4u);
  path.set_seconds(31);
  path.expire();
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 4u + 3u);
  EXPECT_EQ(std::ranges::count(taken, CaptureEnd::closed, &tests::TakenCapture::end), 4);
  EXPECT_EQ(path.count(PathCounter::captures_displaced), 0u);
}

}  // namespace
}  // namespace dataplane
