// SPDX-License-Identifier: Apache-2.0
// TLS that travels in TDS packets (MS-TDS 2.2.3.1).
#include "flowtable/tds_framing.hpp"
#include "tests/support/path_under_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace dataplane {
namespace {

using flowtable::CaptureEnd;
using flowtable::Endpoint;
using flowtable::Framing;
using tests::append;
using tests::ByteString;
using tests::Conversation;
using tests::join;
using tests::PathUnderTest;
using tests::play;
using tests::tds_packets;
using Frames = std::vector<ByteString>;

const Endpoint kClient = tests::v4(1, 40000);
const Endpoint kServer = tests::v4(2, 1433);

// Options of a PRELOGIN, and the answer, which is of another type.
const ByteString kPrelogin = tds_packets({0, 0, 6, 0, 6, 1, 0, 12, 0, 1, 255, 9, 0, 0, 0, 0, 0, 1});
const ByteString kAnswer = join({{4, 1, 0, 26, 0, 0, 1, 0}, tests::part_of(kPrelogin, 8, 18)});
// All that a TLS 1.2 handshake has in clear, and its end.
const ByteString kHello = tests::client_hello();
const ByteString kFinish = tests::part_of(tests::tls12_client(), kHello.size(),
                                          tests::tls12_client().size() - kHello.size());
const ByteString kFlight = tests::tls12_server(9000);

struct Session {
  Frames frames;  // three of the handshake first
  ByteString client_tls, server_tls;
  size_t client_before = kPrelogin.size(), server_before = kAnswer.size();
};

Session session(size_t packet_bytes, size_t segment_bytes) {
  Session out;
  Conversation conversation(kClient, kServer);
  out.frames = conversation.handshake();
  append(out.frames, conversation.client_sends(kPrelogin));
  append(out.frames, conversation.server_sends(kAnswer));
  append(out.frames, conversation.client_sends(tds_packets(kHello, packet_bytes), segment_bytes));
  append(out.frames, conversation.server_sends(tds_packets(kFlight, packet_bytes), segment_bytes));
  append(out.frames, conversation.client_sends(tds_packets(kFinish, packet_bytes), segment_bytes));
  // LOGIN7 in a bare record, answered in clear: only the login was to be encrypted.
  append(out.frames, conversation.client_sends(tests::application_bytes(300)));
  append(out.frames, conversation.server_sends({4, 1, 0, 9, 0, 0, 1, 0, 0xfd}));
  out.client_tls = join({kHello, kFinish});
  out.server_tls = kFlight;
  return out;
}

ByteString unwrapped(const ByteString& stream) {
  ByteString out(stream.size());
  out.resize(flowtable::unwrap_tds(stream, out));
  return out;
}

void expect_session(PathUnderTest& path, const Session& session) {
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].end, CaptureEnd::handshake_done);
  EXPECT_EQ(taken[0].framing, (std::array{Framing::tds, Framing::tds}));
  const ByteString client = unwrapped(taken[0].from(kClient));
  const ByteString server = unwrapped(taken[0].from(kServer));
  EXPECT_EQ(tests::part_of(client, 0, session.client_tls.size()), session.client_tls);
  EXPECT_EQ(tests::part_of(server, 0, session.server_tls.size()), session.server_tls);
  EXPECT_EQ(taken[0].plaintext_before[taken[0].side_of(kClient)], session.client_before);
  EXPECT_EQ(taken[0].plaintext_before[taken[0].side_of(kServer)], session.server_before);
}

TEST(TdsCapture, FollowsAHandshakeOverManyPackets) {
  for (const size_t packet_bytes : {512u, 4096u, 32767u}) {
    for (const size_t segment_bytes : {100u, 1460u, 9000u}) {
      const Session made = session(packet_bytes, segment_bytes);
      PathUnderTest path;
      play(path, made.frames);
      SCOPED_TRACE(packet_bytes + segment_bytes);
      expect_session(path, made);
    }
  }
}

TEST(TdsCapture, FindsAHelloWhoseHeaderComesAlone) {
  Conversation conversation(kClient, kServer);
  const ByteString client = tds_packets(kHello), server = tds_packets(kFlight);
  PathUnderTest path;
  play(path, conversation.handshake());
  play(path, conversation.client_sends(kPrelogin));
  play(path, conversation.server_sends(kAnswer));
  play(path, conversation.client_sends(tests::part_of(client, 0, 8)));
  play(path, conversation.client_sends(tests::part_of(client, 8, client.size() - 8)));
  play(path, conversation.server_sends(tests::part_of(server, 0, 8)));
  play(path, conversation.server_sends(tests::part_of(server, 8, server.size() - 8)));
  play(path, conversation.client_sends(tests::application_bytes()));
  play(path, conversation.server_sends(tests::application_bytes()));
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(tests::part_of(unwrapped(taken[0].from(kClient)), 0, kHello.size()), kHello);
  EXPECT_EQ(tests::part_of(unwrapped(taken[0].from(kServer)), 0, kFlight.size()), kFlight);
}

TEST(TdsCapture, BearsSegmentsInAnyOrder) {
  const Session made = session(4096, 1000);
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    Frames frames = made.frames;
    std::mt19937 random(seed);
    std::shuffle(frames.begin() + 5, frames.end(), random);
    PathUnderTest path;
    play(path, frames);
    SCOPED_TRACE(seed);
    expect_session(path, made);
  }
}

TEST(TdsCapture, JoinsALateDirection) {
  const Session made = session(4096, 1000);
  for (const bool client_first : {true, false}) {
    Frames first, second;
    PathUnderTest path;
    for (const ByteString& frame : made.frames) {
      dataplane::PacketView view;
      ASSERT_TRUE(path.decode(frame, view));
      const bool from_client = view.key.endpoint(view.sender) == kClient;
      (from_client == client_first ? first : second).push_back(frame);
    }
    play(path, first);
    path.set_seconds(0.5);
    play(path, second);
    SCOPED_TRACE(client_first);
    expect_session(path, made);
  }
}

}  // namespace
}  // namespace dataplane
