// SPDX-License-Identifier: Apache-2.0
// SSH connections up to both sides' SSH_MSG_KEXINIT.
#include "tests/support/path_under_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace dataplane {
namespace {

using flowtable::CaptureEnd;
using flowtable::CaptureKind;
using flowtable::Endpoint;
using tests::append;
using tests::ByteString;
using tests::Conversation;
using tests::join;
using tests::PathUnderTest;
using tests::play;
using tests::text;
using Frames = std::vector<ByteString>;

const Endpoint kClient = tests::v4(1, 40000);
const Endpoint kServer = tests::v4(2, 22);

dataplane::PathOptions wanted() {
  dataplane::PathOptions options;
  options.ssh = true;
  return options;
}

// RFC 4253 section 6: length, padding length, payload, padding.
ByteString ssh_packet(uint8_t message, size_t body_bytes) {
  const size_t length = 1 + 1 + body_bytes + 6;
  const ByteString header = {
      0, 0, static_cast<uint8_t>(length >> 8), static_cast<uint8_t>(length), 6, message};
  return join({header, ByteString(body_bytes, 'k'), ByteString(6, 0)});
}

const ByteString kClientWords = join({text("SSH-2.0-OpenSSH_9.2\r\n"), ssh_packet(20, 1500)});
const ByteString kServerWords = join({text("SSH-2.0-dropbear\r\n"), ssh_packet(20, 700)});
const ByteString kLater = ByteString(400, 0x5a);

Frames frames_of(const ByteString& client, const ByteString& server, size_t segment_bytes) {
  Conversation conversation(kClient, kServer);
  Frames frames = conversation.handshake();
  append(frames, conversation.server_sends(join({server, kLater}), segment_bytes));
  append(frames, conversation.client_sends(join({client, kLater}), segment_bytes));
  return frames;
}

void expect_ssh(PathUnderTest& path, const ByteString& client, const ByteString& server) {
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].kind, CaptureKind::ssh);
  tests::expect_direction(taken[0].from(kClient), join({client, kLater}), client.size());
  tests::expect_direction(taken[0].from(kServer), join({server, kLater}), server.size());
  EXPECT_EQ(path.count(PathCounter::flows_ssh), 1u);
  EXPECT_EQ(path.count(PathCounter::flows_tls), 0u);
}

TEST(SshCapture, EndsWhenBothSidesHaveSaidWhatTheyCan) {
  for (const size_t segment_bytes : {1u, 4u, 100u, 1400u}) {
    PathUnderTest path({}, wanted());
    play(path, frames_of(kClientWords, kServerWords, segment_bytes));
    expect_ssh(path, kClientWords, kServerWords);
  }
}

TEST(SshCapture, BearsAnyOrder) {
  for (uint32_t seed = 1; seed <= 60; ++seed) {
    Frames frames = frames_of(kClientWords, kServerWords, 300);
    std::mt19937 random(seed);
    std::shuffle(frames.begin() + 3, frames.end(), random);
    PathUnderTest path({}, wanted());
    play(path, frames);
    SCOPED_TRACE(seed);
    expect_ssh(path, kClientWords, kServerWords);
  }
}

// RFC 4253 section 4.2: a server may send other lines before its identification.
TEST(SshCapture, KeepsLinesBeforeTheIdentification) {
  const ByteString server = join({text("Welcome\r\nto this place\r\n"), kServerWords});
  Conversation conversation(kClient, kServer);
  PathUnderTest path({}, wanted());
  play(path, conversation.handshake());
  play(path, conversation.client_sends(join({kClientWords, kLater})));
  play(path, conversation.server_sends(join({server, kLater}), 30));
  expect_ssh(path, kClientWords, server);
}

TEST(SshCapture, SkipsPacketsThatMayComeBefore) {
  const ByteString client =
      join({text("SSH-2.0-x\r\n"), ssh_packet(2, 40), ssh_packet(4, 9), ssh_packet(20, 100)});
  PathUnderTest path({}, wanted());
  play(path, frames_of(client, kServerWords, 1400));
  expect_ssh(path, client, kServerWords);
}

TEST(SshCapture, EndsWithTheIdentificationOfSsh1) {
  const ByteString old = text("SSH-1.5-old\n");
  PathUnderTest path({}, wanted());
  play(path, frames_of(old, old, 1400));
  expect_ssh(path, old, old);
}

TEST(SshCapture, LooksNoFurtherThanSixteenKilobytes) {
  ByteString endless = text("SSH-2.0-endless\r\n");
  while (endless.size() < 40000)
    endless = join({endless, ssh_packet(2, 250)});
  PathUnderTest path({}, wanted());
  play(path, frames_of(endless, endless, 1400));
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].end, CaptureEnd::handshake_done);
  EXPECT_LT(taken[0].from(kClient).size(), 16u * 1024 + 1400);
}

TEST(SshCapture, IsMadeOnlyWhereItIsWanted) {
  PathUnderTest path;
  play(path, frames_of(kClientWords, kServerWords, 1400));
  path.drain();
  EXPECT_EQ(path.take().size(), 0u);
  EXPECT_EQ(path.count(PathCounter::flows_ssh), 0u);
  EXPECT_EQ(path.count(PathCounter::flows_not_tls), 1u);
}

// Looking for SSH must not cost a session of TLS.
TEST(SshCapture, LeavesTlsAlone) {
  Conversation conversation(kClient, kServer);
  PathUnderTest path({}, wanted());
  play(path, conversation.handshake());
  const Frames words = conversation.client_sends(text("STARTTLS is what I want\r\n"), 9);
  path.accept(words[1]);
  path.accept(words[0]);
  play(path, conversation.client_sends(text("SSL\r\n")));
  play(path, conversation.client_sends(tests::tls13_client()));
  play(path, conversation.server_sends(tests::tls13_server()));
  // The client's third segment is never seen: it is waited for.
  path.drain();
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].kind, CaptureKind::tls);
  EXPECT_EQ(taken[0].from(kClient), tests::tls13_client());
}

}  // namespace
}  // namespace dataplane
