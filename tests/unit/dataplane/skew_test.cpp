// SPDX-License-Identifier: Apache-2.0
// A tap shows each direction by a path of its own, so one may come later than the other.
#include "tests/support/path_under_test.hpp"

#include <gtest/gtest.h>

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

// Waiting must not starve what is under way: from half the pool on, an ended direction waits no
// longer than any closing flow.
TEST(Skew, WaitsForTheOtherLegOnlyWhileBuffersAreLeft) {
  PathUnderTest path(tests::PathLimits{.captures_max = 8});
  for (uint8_t i = 1; i <= 8; ++i) {
    Conversation conversation(tests::v4(i, 50000), kServer);
    path.accept(conversation.handshake()[0]);
    play(path, conversation.client_sends(tests::tls13_client()));
    path.accept(conversation.client_flags(kFinAck));
  }
  path.set_seconds(6);
  path.expire();
  EXPECT_EQ(path.take().size(), 5u);
  path.set_seconds(31);
  path.expire();
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 3u);
  EXPECT_EQ(taken[0].end, CaptureEnd::closed);
}

}  // namespace
}  // namespace dataplane
