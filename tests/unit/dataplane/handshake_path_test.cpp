// SPDX-License-Identifier: Apache-2.0
// Which bytes the packet path cuts out of connections, in whatever shape they come.
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
using tests::expect_direction;
using tests::join;
using tests::PacketBuilder;
using tests::PathUnderTest;
using tests::play;
using tests::TakenCapture;
using tests::text;
using Frames = std::vector<ByteString>;

const Endpoint kClient = tests::v4(1, 40000);
const Endpoint kServer = tests::v4(2, 443);

struct Exchange {
  const char* name;
  ByteString client;
  ByteString server;
  size_t client_clear;
  size_t server_clear;
};

std::vector<Exchange> exchanges() {
  const ByteString bulk = tests::application_bytes(1000);
  const ByteString hello = tests::client_hello(), early = tests::early_data_hello();
  const ByteString answer = tests::server_hello();
  const ByteString ccs = tests::change_cipher_spec();
  const auto row = [&](const char* name, const ByteString& client, const ByteString& server) {
    return Exchange{name, join({client, bulk}), join({server, bulk}), client.size(), server.size()};
  };
  return {
      row("tls 1.2", tests::part_of(tests::tls12_client(), 0, tests::tls12_client().size() - 45),
          tests::part_of(tests::tls12_server(), 0, tests::tls12_server().size() - 45)),
      row("tls 1.3", join({hello, ccs}), join({answer, ccs})),
      row("tls 1.3 without middlebox mode", hello, answer),
      row("retry", join({hello, ccs, hello}), join({answer, ccs, answer})),
      row("early data and retry", join({early, ccs, bulk, early}), join({answer, ccs, answer})),
      row("post-quantum hello", tests::client_hello(1800), join({answer, ccs})),
  };
}

void expect_exchange(const TakenCapture& taken, const Exchange& exchange) {
  SCOPED_TRACE(exchange.name);
  EXPECT_EQ(taken.end, CaptureEnd::handshake_done);
  expect_direction(taken.from(kClient), exchange.client, exchange.client_clear);
  expect_direction(taken.from(kServer), exchange.server, exchange.server_clear);
  EXPECT_FALSE(taken.conflict[0] || taken.conflict[1]);
}

// Client's bytes up to where it must wait, the server's answer, the rest: near enough to how a real
// exchange goes for a listener.
Frames frames_of(const Exchange& exchange, size_t segment_bytes) {
  Conversation conversation(kClient, kServer);
  Frames frames = conversation.handshake();
  append(frames, conversation.client_sends(exchange.client, segment_bytes));
  append(frames, conversation.server_sends(exchange.server, segment_bytes));
  return frames;
}

TEST(HandshakePath, CapturesEveryKindOfHandshakeInOrder) {
  for (const Exchange& exchange : exchanges()) {
    PathUnderTest path;
    play(path, frames_of(exchange, 1400));
    const auto taken = path.take();
    ASSERT_EQ(taken.size(), 1u) << exchange.name;
    expect_exchange(taken[0], exchange);
    EXPECT_EQ(taken[0].plaintext_before, (std::array<uint32_t, 2>{0, 0}));
  }
}

TEST(HandshakePath, CapturesSegmentsOfOneByte) {
  for (const Exchange& exchange : exchanges()) {
    PathUnderTest path;
    play(path, frames_of(exchange, 1));
    const auto taken = path.take();
    ASSERT_EQ(taken.size(), 1u) << exchange.name;
    expect_exchange(taken[0], exchange);
  }
}

// Once the SYNs have been seen, no order of the segments may lose a byte of a handshake.
TEST(HandshakePath, CapturesSegmentsInAnyOrder) {
  for (const Exchange& exchange : exchanges()) {
    for (uint32_t seed = 1; seed <= 40; ++seed) {
      Frames frames = frames_of(exchange, 700);
      std::mt19937 random(seed);
      std::shuffle(frames.begin() + 3, frames.end(), random);
      PathUnderTest path;
      play(path, frames);
      const auto taken = path.take();
      ASSERT_EQ(taken.size(), 1u) << exchange.name << " seed " << seed;
      expect_exchange(taken[0], exchange);
    }
  }
}

TEST(HandshakePath, IgnoresRepeatedSegments) {
  for (const Exchange& exchange : exchanges()) {
    Frames twice;
    for (const ByteString& frame : frames_of(exchange, 300))
      twice.insert(twice.end(), 2, frame);
    PathUnderTest path;
    play(path, twice);
    const auto taken = path.take();
    ASSERT_EQ(taken.size(), 1u) << exchange.name;
    expect_exchange(taken[0], exchange);
  }
}

TEST(HandshakePath, KeepsTheFirstOfTwoDifferentCopies) {
  Conversation conversation(kClient, kServer);
  const ByteString hello = tests::client_hello();
  PathUnderTest path;
  play(path, conversation.handshake());
  play(path, conversation.client_sends(hello, 100));
  ByteString forged = tests::part_of(hello, 0, 100);
  forged[60] ^= 0xff;
  path.accept(
      PacketBuilder(kClient, kServer).tcp(TcpFlags::kAck, 1001, 5001).payload(forged).build());
  path.drain();
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].from(kClient), hello);
  EXPECT_TRUE(taken[0].conflict[taken[0].side_of(kClient)]);
}

TEST(HandshakePath, IgnoresAKeepAliveByteBeforeTheWindow) {
  Conversation conversation(kClient, kServer);
  PathUnderTest path;
  play(path, conversation.handshake());
  path.accept(PacketBuilder(kClient, kServer).tcp(TcpFlags::kAck, 1000, 5001).payload({0}).build());
  play(path, conversation.client_sends(tests::tls13_client()));
  play(path, conversation.server_sends(tests::tls13_server()));
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].from(kClient), tests::tls13_client());
}

TEST(HandshakePath, FollowsSequenceNumbersAroundTheirEnd) {
  for (uint32_t before_wrap = 0; before_wrap < 300; before_wrap += 7) {
    Conversation conversation(kClient, kServer, 0u - before_wrap, 0u - before_wrap * 3);
    PathUnderTest path;
    play(path, conversation.handshake());
    play(path, conversation.client_sends(tests::tls12_client(), 90));
    play(path, conversation.server_sends(tests::tls12_server(), 90));
    const auto taken = path.take();
    ASSERT_EQ(taken.size(), 1u) << before_wrap;
    EXPECT_EQ(taken[0].end, CaptureEnd::handshake_done);
    EXPECT_GT(taken[0].from(kServer).size(), 3000u);
  }
}

TEST(HandshakePath, JoinsAConnectionMidstream) {
  Conversation conversation(kClient, kServer);
  PathUnderTest path;
  play(path, conversation.client_sends(tests::tls13_client()));
  play(path, conversation.server_sends(tests::tls13_server()));
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].from(kClient), tests::tls13_client());
  EXPECT_EQ(taken[0].from(kServer), tests::tls13_server());
  EXPECT_FALSE(taken[0].flow.syn_seen);
}

TEST(HandshakePath, CapturesOneDirectionAlone) {
  for (const bool only_client : {true, false}) {
    Conversation conversation(kClient, kServer);
    PathUnderTest path;
    const Frames open = conversation.handshake();
    path.accept(open[only_client ? 0 : 1]);
    play(path, only_client ? conversation.client_sends(tests::tls12_client())
                           : conversation.server_sends(tests::tls12_server()));
    path.drain();
    const auto taken = path.take();
    ASSERT_EQ(taken.size(), 1u);
    const Endpoint& seen = only_client ? kClient : kServer;
    EXPECT_EQ(taken[0].from(seen), only_client ? tests::tls12_client() : tests::tls12_server());
    EXPECT_TRUE(taken[0].from(only_client ? kServer : kClient).empty());
    EXPECT_EQ(taken[0].flow.key.endpoint(taken[0].flow.originator), kClient);
  }
}

// An asymmetric path must not hold a buffer for as long as the download takes.
TEST(HandshakePath, LetsGoOfOneDirectionThatRunsFarAhead) {
  Conversation conversation(kClient, kServer);
  PathUnderTest path;
  path.accept(conversation.handshake()[1]);
  play(path, conversation.server_sends(tests::tls13_server()));
  play(path, conversation.server_sends(ByteString((1 << 20) - 4000, 0x17)));
  EXPECT_EQ(path.take().size(), 0u);
  play(path, conversation.server_sends(ByteString(8000, 0x17)));
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].end, CaptureEnd::timed_out);
}

TEST(HandshakePath, BearsOneDirectionBeingLate) {
  for (const bool server_first : {true, false}) {
    Conversation conversation(kClient, kServer);
    const Frames open = conversation.handshake();
    Frames client = {open[0], open[2]}, server = {open[1]};
    append(client, conversation.client_sends(tests::tls12_client(), 120));
    append(server, conversation.server_sends(tests::tls12_server(), 1000));
    PathUnderTest path;
    play(path, server_first ? server : client);
    EXPECT_EQ(path.take().size(), 0u);
    play(path, server_first ? client : server);
    const auto taken = path.take();
    ASSERT_EQ(taken.size(), 1u);
    EXPECT_EQ(taken[0].end, CaptureEnd::handshake_done);
    expect_direction(taken[0].from(kClient), tests::tls12_client(),
                     tests::tls12_client().size() - 45);
    expect_direction(taken[0].from(kServer), tests::tls12_server(),
                     tests::tls12_server().size() - 45);
    EXPECT_EQ(taken[0].flow.key.endpoint(taken[0].flow.originator), kClient);
  }
}

TEST(HandshakePath, FindsTlsBehindAnotherProtocol) {
  const ByteString banner = text("220 mail.example ESMTP\r\n"), ready = text("220 go ahead\r\n");
  const ByteString ehlo = text("EHLO client\r\n"), starttls = text("STARTTLS\r\n");
  Conversation conversation(kClient, kServer);
  PathUnderTest path;
  play(path, conversation.handshake());
  play(path, conversation.server_sends(banner));
  play(path, conversation.client_sends(ehlo));
  play(path, conversation.server_sends(text("250 STARTTLS\r\n")));
  play(path, conversation.client_sends(starttls));
  play(path, conversation.server_sends(ready));
  EXPECT_EQ(path.captures_free(), 16u);
  play(path, conversation.client_sends(tests::tls13_client()));
  play(path, conversation.server_sends(tests::tls13_server()));
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].from(kClient), tests::tls13_client());
  EXPECT_EQ(taken[0].from(kServer), tests::tls13_server());
  const TakenCapture& capture = taken[0];
  EXPECT_EQ(capture.plaintext_before[capture.side_of(kClient)], ehlo.size() + starttls.size());
  EXPECT_EQ(capture.plaintext_before[capture.side_of(kServer)], banner.size() + 14 + ready.size());
}

TEST(HandshakePath, FindsAHelloThatSharesASegmentWithOtherWords) {
  const ByteString proxy = text("PROXY TCP4 192.0.2.1 192.0.2.2 5000 443\r\n");
  Conversation conversation(kClient, kServer);
  PathUnderTest path;
  play(path, conversation.handshake());
  play(path, conversation.client_sends(join({proxy, tests::tls13_client()})));
  play(path, conversation.server_sends(tests::tls13_server()));
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].from(kClient), tests::tls13_client());
  EXPECT_EQ(taken[0].plaintext_before[taken[0].side_of(kClient)], proxy.size());
}

TEST(HandshakePath, FindsARecordHeaderSentAlone) {
  Conversation conversation(kClient, kServer);
  const ByteString hello = tests::tls13_client();
  PathUnderTest path;
  play(path, conversation.handshake());
  play(path, conversation.client_sends(text("STARTTLS\r\n")));
  play(path, conversation.client_sends(tests::part_of(hello, 0, 5)));
  play(path, conversation.client_sends(tests::part_of(hello, 5, hello.size() - 5)));
  path.drain();
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].from(kClient), hello);
}

TEST(HandshakePath, TakesAHelloOutOfTheSyn) {
  Conversation conversation(kClient, kServer);
  const ByteString hello = tests::client_hello();
  PathUnderTest path;
  path.accept(PacketBuilder(kClient, kServer).tcp(TcpFlags::kSyn, 1000).payload(hello).build());
  path.accept(
      PacketBuilder(kServer, kClient)
          .tcp(TcpFlags::kSyn | TcpFlags::kAck, 5000, 1001 + static_cast<uint32_t>(hello.size()))
          .build());
  path.accept(PacketBuilder(kServer, kClient)
                  .tcp(TcpFlags::kAck, 5001, 1001)
                  .payload(tests::tls13_server())
                  .build());
  path.drain();
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].from(kClient), hello);
  EXPECT_EQ(taken[0].from(kServer), tests::tls13_server());
}

}  // namespace
}  // namespace dataplane
