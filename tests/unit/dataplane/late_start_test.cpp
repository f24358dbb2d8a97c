// SPDX-License-Identifier: Apache-2.0
// The first bytes of a direction come after what follows them: a first hello after the second one,
// a dialogue's words after the hello that they end in.
#include "tests/support/path_under_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace dataplane {
namespace {

using flowtable::CaptureEnd;
using flowtable::Endpoint;
using tests::append;
using tests::ByteString;
using tests::Conversation;
using tests::join;
using tests::PacketBuilder;
using tests::PathUnderTest;
using tests::play;
using tests::TakenCapture;
using tests::text;
using Frames = std::vector<ByteString>;

const Endpoint kClient = tests::v4(1, 40000);
const Endpoint kServer = tests::v4(2, 443);

TakenCapture only(PathUnderTest& path) {
  const auto taken = path.take();
  EXPECT_EQ(taken.size(), 1u);
  return taken.empty() ? TakenCapture{} : taken.front();
}

// A handshake with a HelloRetryRequest, a frame for each message; `open` alone with its SYNs.
struct Retried {
  Frames open, client, server;
  ByteString client_clear = join({tests::client_hello(300), tests::client_hello(400)});
  ByteString server_clear =
      join({tests::server_hello(), tests::change_cipher_spec(), tests::server_hello()});
};

Retried retried() {
  Conversation conversation(kClient, kServer);
  Retried out;
  out.open = conversation.handshake();
  append(out.client, conversation.client_sends(tests::client_hello(300)));
  append(out.server,
         conversation.server_sends(join({tests::server_hello(), tests::change_cipher_spec()})));
  append(out.client, conversation.client_sends(tests::client_hello(400)));
  append(out.server, conversation.server_sends(tests::server_hello()));
  append(out.server, conversation.server_sends(tests::application_bytes(600)));
  append(out.client, conversation.client_sends(tests::application_bytes(80)));
  return out;
}

void expect_both(const TakenCapture& taken, const Retried& sent) {
  tests::expect_direction(taken.from(kClient),
                          join({sent.client_clear, tests::application_bytes(80)}),
                          sent.client_clear.size());
  tests::expect_direction(taken.from(kServer),
                          join({sent.server_clear, tests::application_bytes(600)}),
                          sent.server_clear.size());
  EXPECT_EQ(taken.plaintext_before, (std::array<uint32_t, 2>{0, 0}));
}

TEST(LateStart, KeepsBothHellosWhereTheSecondComesFirst) {
  const Retried sent = retried();
  PathUnderTest path;
  play(path, sent.open);
  play(path, {sent.client[1], sent.client[2], sent.server[1], sent.server[2]});
  EXPECT_EQ(path.take().size(), 0u) << "what may still come is waited for";
  play(path, {sent.client[0], sent.server[0]});
  const TakenCapture taken = only(path);
  EXPECT_EQ(taken.end, CaptureEnd::handshake_done);
  expect_both(taken, sent);
}

// Without a SYN nothing tells that something came before, until it comes.
TEST(LateStart, MovesBackToAHelloBeforeTheFirstOneSeen) {
  const Retried sent = retried();
  PathUnderTest path;
  play(path, {sent.client[1], sent.client[0], sent.server[0], sent.server[1], sent.server[2],
              sent.client[2]});
  const TakenCapture taken = only(path);
  EXPECT_EQ(taken.end, CaptureEnd::handshake_done);
  expect_both(taken, sent);
}

TEST(LateStart, KeepsBothHellosInAnyOrder) {
  for (uint32_t seed = 1; seed <= 200; ++seed) {
    const Retried sent = retried();
    Frames frames = sent.client;
    append(frames, sent.server);
    std::mt19937 random(seed);
    std::ranges::shuffle(frames, random);
    PathUnderTest path;
    play(path, sent.open);
    play(path, frames);
    SCOPED_TRACE(seed);
    expect_both(only(path), sent);
  }
}

// The wait is short: what never comes must not hold a buffer.
TEST(LateStart, WaitsAQuarterOfASecond) {
  const Retried sent = retried();
  PathUnderTest path;
  play(path, sent.open);
  play(path, {sent.client[1], sent.client[2], sent.server[1], sent.server[2]});
  path.set_seconds(0.2);
  play(path, {sent.server[2]});
  EXPECT_EQ(path.take().size(), 0u);
  path.set_seconds(0.3);
  play(path, {sent.server[2]});
  const TakenCapture taken = only(path);
  EXPECT_EQ(taken.end, CaptureEnd::handshake_done);
  tests::expect_direction(taken.from(kClient),
                          join({tests::client_hello(400), tests::application_bytes(80)}),
                          tests::client_hello(400).size());
}

// A dialogue whose segments come in any order: its words are passed over where they lie.
TEST(LateStart, FindsHellosInScrambledDialogues) {
  for (uint32_t seed = 1; seed <= 200; ++seed) {
    Conversation conversation(kClient, kServer);
    const Frames open = conversation.handshake();
    Frames frames = conversation.server_sends(text("220 mail.example.org ready\r\n"));
    append(frames, conversation.client_sends(text("EHLO client.example.org\r\n")));
    append(frames, conversation.server_sends(text("250-mail\r\n250 STARTTLS\r\n")));
    append(frames, conversation.client_sends(text("STARTTLS\r\n")));
    append(frames, conversation.server_sends(text("220 go ahead\r\n")));
    append(frames, conversation.client_sends(tests::tls12_client(), 300));
    append(frames, conversation.server_sends(tests::tls12_server(), 1400));
    std::mt19937 random(seed);
    std::ranges::shuffle(frames, random);
    PathUnderTest path;
    play(path, open);
    play(path, frames);
    path.drain();
    SCOPED_TRACE(seed);
    const TakenCapture taken = only(path);
    tests::expect_direction(taken.from(kClient), tests::tls12_client(),
                            tests::tls12_client().size() - 45);
    tests::expect_direction(taken.from(kServer), tests::tls12_server(),
                            tests::tls12_server().size() - 45);
  }
}

// More than the small buffer holds overtakes the hello.
TEST(LateStart, BearsALongOvertaking) {
  Conversation conversation(kClient, kServer);
  PathUnderTest path;
  play(path, conversation.handshake());
  const Frames hello = conversation.client_sends(tests::client_hello());
  play(path, conversation.client_sends(tests::application_bytes(6000), 1400));
  play(path, hello);
  play(path, conversation.server_sends(tests::tls13_server()));
  path.drain();
  const TakenCapture taken = only(path);
  EXPECT_TRUE(std::ranges::equal(
      tests::part_of(taken.from(kClient), 0, tests::client_hello().size()), tests::client_hello()));
}

// Plain bytes whose every second segment is late are followed no further than any others.
TEST(LateStart, LetsPlainBytesGo) {
  Conversation conversation(kClient, kServer);
  PathUnderTest path;
  play(path, conversation.handshake());
  Frames frames = conversation.server_sends(ByteString(200'000, 'x'), 1000);
  for (size_t i = 0; i + 1 < frames.size(); i += 2)
    std::swap(frames[i], frames[i + 1]);
  play(path, frames);
  EXPECT_EQ(path.captures_free(), 16u);
  EXPECT_EQ(path.take().size(), 0u);
}

// A hello that comes once more when megabytes have followed it is no other connection's.
TEST(LateStart, KnowsItsOwnHelloAgain) {
  Conversation conversation(kClient, kServer);
  PathUnderTest path;
  play(path, conversation.handshake());
  const Frames hello = conversation.client_sends(tests::client_hello());
  play(path, hello);
  play(path, conversation.server_sends(tests::tls13_server()));
  play(path, conversation.client_sends(tests::application_bytes(300'000)));
  EXPECT_EQ(path.take().size(), 1u);
  play(path, hello);
  path.drain();
  EXPECT_EQ(path.take().size(), 0u);
  EXPECT_EQ(path.count(PathCounter::flows_disputed), 0u);
}

TEST(LateStart, ComparesWhatComesAgainAfterADirectionsEnd) {
  Conversation conversation(kClient, kServer);
  PathUnderTest path;
  play(path, conversation.handshake());
  play(path, conversation.server_sends(tests::tls13_server()));
  ByteString forged = tests::tls13_server();
  forged[40] ^= 0xff;
  path.accept(
      PacketBuilder(kServer, kClient).tcp(TcpFlags::kAck, 5001, 1001).payload(forged).build());
  path.drain();
  const TakenCapture taken = only(path);
  EXPECT_TRUE(taken.conflict[taken.side_of(kServer)]);
  EXPECT_EQ(taken.from(kServer), tests::tls13_server());
}

}  // namespace
}  // namespace dataplane
