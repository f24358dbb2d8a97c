// SPDX-License-Identifier: Apache-2.0
// What a capture tells of the packets before it.
#include "tests/support/path_under_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace dataplane {
namespace {

using flowtable::Endpoint;
using flowtable::FirstWords;
using flowtable::Opening;
using flowtable::SynFacts;
using flowtable::Tick;
using tests::append;
using tests::ByteString;
using tests::Conversation;
using tests::PacketBuilder;
using tests::PathUnderTest;
using tests::play;
using tests::text;
using Frames = std::vector<ByteString>;

const Endpoint kClient = tests::v4(1, 40000);
const Endpoint kServer = tests::v4(2, 25);
constexpr uint8_t kSyn = TcpFlags::kSyn, kSynAck = TcpFlags::kSyn | TcpFlags::kAck;
// MSS 1460, SACK permitted, timestamps, no operation, window scale 7: as Linux sends them.
const ByteString kLinuxOptions = {2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7};
// Maximum length: no operations only.
const ByteString kLongOptions(40, 1);

ByteString words_of(const FirstWords& words) {
  return {words.bytes.begin(), words.bytes.begin() + words.size};
}

ByteString options_of(const SynFacts& facts) {
  return {facts.options.begin(), facts.options.begin() + facts.options_size};
}

ByteString syn(uint32_t isn = 1000) {
  return PacketBuilder(kClient, kServer).ttl(61).tcp(kSyn, isn).tcp_options(kLinuxOptions).build();
}

ByteString syn_ack() {
  return PacketBuilder(kServer, kClient)
      .ttl(250)
      .tcp(kSynAck, 5000, 1001)
      .tcp_options(kLongOptions)
      .build();
}

// The first capture of a path, which has one.
tests::TakenCapture only_capture(PathUnderTest& path) {
  auto taken = path.take();
  EXPECT_EQ(taken.size(), 1u);
  return taken.empty() ? tests::TakenCapture{} : taken[0];
}

void play_hellos(PathUnderTest& path, Conversation& conversation) {
  play(path, conversation.client_sends(tests::tls13_client()));
  play(path, conversation.server_sends(tests::tls13_server()));
}

TEST(Opening, TellsOfBothSyns) {
  PathUnderTest path;
  Conversation conversation(kClient, kServer);
  (void)conversation.handshake();
  path.accept(syn());
  path.set_seconds(0.04);
  path.accept(syn_ack());
  play_hellos(path, conversation);
  const auto taken = only_capture(path);
  const SynFacts& client = taken.opening.syns[taken.side_of(kClient)];
  const SynFacts& server = taken.opening.syns[taken.side_of(kServer)];
  EXPECT_TRUE(client.seen && server.seen);
  EXPECT_EQ(options_of(client), kLinuxOptions);
  EXPECT_EQ(options_of(server), kLongOptions);
  EXPECT_EQ(client.ttl, 61);
  EXPECT_EQ(server.ttl, 250);
  EXPECT_EQ(client.window, 512);
  EXPECT_EQ(server.tick - client.tick, std::chrono::milliseconds(40));
  EXPECT_EQ(client.num_repeats, 0);
}

TEST(Opening, CountsTheSecondsBetweenRepeats) {
  PathUnderTest path;
  Conversation conversation(kClient, kServer);
  (void)conversation.handshake();
  for (const double second : {0.0, 0.0001, 1.01, 3.04, 7.2, 7.3})
    path.set_seconds(second), path.accept(syn());
  path.accept(syn_ack());
  for (const double second : {8.31, 10.4})
    path.set_seconds(second), path.accept(syn_ack());
  play_hellos(path, conversation);
  const auto taken = only_capture(path);
  const SynFacts& client = taken.opening.syns[taken.side_of(kClient)];
  const SynFacts& server = taken.opening.syns[taken.side_of(kServer)];
  ASSERT_EQ(client.num_repeats, 3);
  EXPECT_EQ(client.repeats[0], 1);
  EXPECT_EQ(client.repeats[1], 2);
  EXPECT_EQ(client.repeats[2], 4);
  ASSERT_EQ(server.num_repeats, 2);
  EXPECT_EQ(server.repeats[0], 1);
  EXPECT_EQ(server.repeats[1], 2);
}

TEST(Opening, BeginsAgainWithAnotherTry) {
  PathUnderTest path;
  Conversation conversation(kClient, kServer);
  (void)conversation.handshake();
  path.accept(PacketBuilder(kClient, kServer).ttl(9).tcp(kSyn, 77).build());
  path.set_seconds(1);
  path.accept(syn());
  path.accept(syn_ack());
  play_hellos(path, conversation);
  const auto taken = only_capture(path);
  const SynFacts& client = taken.opening.syns[taken.side_of(kClient)];
  EXPECT_EQ(client.ttl, 61);
  EXPECT_EQ(client.num_repeats, 0);
  EXPECT_EQ(options_of(client), kLinuxOptions);
}

struct Dialogue {
  Frames frames;  // three of the handshake first
  ByteString client, server;
};

Dialogue starttls() {
  Conversation conversation(kClient, kServer);
  Dialogue out;
  out.frames = conversation.handshake();
  const auto client = [&](const char* line, size_t segment_bytes) {
    out.client = tests::join({out.client, text(line)});
    append(out.frames, conversation.client_sends(text(line), segment_bytes));
  };
  const auto server = [&](const char* line) {
    out.server = tests::join({out.server, text(line)});
    append(out.frames, conversation.server_sends(text(line), 7));
  };
  server("220 mail.example ESMTP ready to serve whoever comes by today, and tomorrow too\r\n");
  client("EHLO client.example\r\n", 5);
  server("250-mail.example\r\n250 STARTTLS\r\n");
  client("STARTTLS\r\n", 10);
  server("220 go ahead\r\n");
  append(out.frames, conversation.client_sends(tests::tls13_client()));
  append(out.frames, conversation.server_sends(tests::tls13_server()));
  out.client = tests::join({out.client, tests::tls13_client()});
  out.server = tests::join({out.server, tests::tls13_server()});
  return out;
}

void expect_words(const tests::TakenCapture& taken, const Dialogue& dialogue) {
  constexpr size_t kMax = FirstWords::kBytesMax;
  const Opening& opening = taken.opening;
  EXPECT_EQ(words_of(opening.words[taken.side_of(kClient)]),
            tests::part_of(dialogue.client, 0, kMax));
  EXPECT_EQ(words_of(opening.words[taken.side_of(kServer)]),
            tests::part_of(dialogue.server, 0, kMax));
}

TEST(Opening, KeepsTheFirstWordsOfBothSides) {
  const Dialogue dialogue = starttls();
  PathUnderTest path;
  play(path, dialogue.frames);
  expect_words(only_capture(path), dialogue);
}

TEST(Opening, PutsWordsInOrder) {
  const Dialogue dialogue = starttls();
  for (uint32_t seed = 1; seed <= 30; ++seed) {
    Frames frames = dialogue.frames;
    std::mt19937 random(seed);
    // Two neighbours at a time, up to the last words before the hello.
    for (size_t at = 3 + seed % 2; at + 1 < frames.size() - 2; at += 2)
      if (random() % 2 == 0) std::swap(frames[at], frames[at + 1]);
    dataplane::PathOptions options;
    options.probes_max = 200;
    PathUnderTest path({}, options);
    play(path, frames);
    expect_words(only_capture(path), dialogue);
  }
}

TEST(Opening, LeavesOutWordsBehindAHole) {
  Conversation conversation(kClient, kServer);
  PathUnderTest path;
  path.accept(conversation.handshake()[0]);
  play(path, conversation.client_sends(text("first ")));
  (void)conversation.client_sends(text("lost "));
  play(path, conversation.client_sends(tests::tls13_client()));
  path.drain();
  const auto taken = only_capture(path);
  EXPECT_EQ(words_of(taken.opening.words[taken.side_of(kClient)]), text("first "));
}

TEST(Opening, KeepsWordsOfAConnectionMetOnItsWay) {
  Conversation conversation(kClient, kServer);
  (void)conversation.handshake();
  PathUnderTest path;
  play(path, conversation.client_sends(text("STARTTLS\r\n")));
  play_hellos(path, conversation);
  const auto taken = only_capture(path);
  const ByteString words = words_of(taken.opening.words[taken.side_of(kClient)]);
  EXPECT_EQ(words.size(), FirstWords::kBytesMax);
  EXPECT_EQ(tests::part_of(words, 0, 10), text("STARTTLS\r\n"));
  EXPECT_FALSE(taken.opening.syns[0].seen || taken.opening.syns[1].seen);
  EXPECT_EQ(taken.opening.handshake_ack, Tick{});
}

TEST(Opening, NotesWhenEachSideSpoke) {
  Conversation conversation(kClient, kServer);
  const Frames open = conversation.handshake();
  PathUnderTest path;
  const auto at = [&](int ms, const Frames& frames) {
    path.set_seconds(ms / 1000.0);
    play(path, frames);
  };
  at(0, {open[0]});
  at(10, {open[1]});
  at(25, {open[2], open[2]});
  at(26, conversation.server_sends(text("220 hello\r\n")));
  const Frames ehlo = conversation.client_sends(text("EHLO\r\n"));
  at(30, ehlo);
  at(33, ehlo);
  at(45, conversation.server_sends(text("250 STARTTLS\r\n")));
  at(50, ehlo);
  at(60, conversation.client_sends(text("STARTTLS\r\n")));
  at(75, conversation.server_sends(text("220 go\r\n")));
  at(90, conversation.client_sends(tests::tls13_client()));
  at(99, conversation.server_sends(tests::tls13_server()));
  const auto taken = only_capture(path);
  const Opening& opening = taken.opening;
  const Tick start = opening.syns[taken.side_of(kClient)].tick;
  using std::chrono::milliseconds;
  EXPECT_EQ(opening.syns[taken.side_of(kServer)].tick - start, milliseconds(10));
  EXPECT_EQ(opening.handshake_ack - start, milliseconds(25));
  EXPECT_EQ(opening.first_request - start, milliseconds(30));
  EXPECT_EQ(opening.first_reply - start, milliseconds(45));
  EXPECT_EQ(opening.second_request - start, milliseconds(60));
}

TEST(Opening, MakesPlaceForNewerConnections) {
  PathUnderTest path(tests::PathLimits{.openings_max = 8});
  Conversation first(kClient, kServer), second(tests::v4(3, 999), kServer);
  play(path, first.handshake());
  // So many that the first has lost its place, wherever their hashes lead.
  for (uint16_t port = 1; port <= 64; ++port)
    play(path, Conversation(tests::v4(5, port), kServer).handshake());
  play(path, second.handshake());
  EXPECT_EQ(path.count(PathCounter::openings_overwritten), 66u - 8);
  play_hellos(path, first);
  const auto lost = only_capture(path);
  EXPECT_FALSE(lost.opening.syns[0].seen || lost.opening.syns[1].seen);
  EXPECT_EQ(lost.opening.words[0].size + lost.opening.words[1].size, 0);
  play_hellos(path, second);
  const auto kept = only_capture(path);
  EXPECT_TRUE(kept.opening.syns[0].seen && kept.opening.syns[1].seen);
  // A place that is given back is nobody's loss.
  Conversation third(tests::v4(4, 999), kServer);
  play(path, third.handshake());
  EXPECT_EQ(path.count(PathCounter::openings_overwritten), 66u - 8);
}

TEST(Opening, GoesWithAConnectionThatTakesThePortsOver) {
  Conversation first(kClient, kServer, 1000, 5000), second(kClient, kServer, 900000, 800000);
  PathUnderTest path;
  play(path, first.handshake());
  play(path, first.client_sends(tests::tls13_client()));
  play(path, second.handshake());
  play_hellos(path, second);
  const auto taken = path.take();
  ASSERT_EQ(taken.size(), 2u);
  for (const auto& capture : taken) {
    EXPECT_TRUE(capture.opening.syns[0].seen && capture.opening.syns[1].seen);
    EXPECT_EQ(words_of(capture.opening.words[capture.side_of(kClient)]),
              tests::part_of(tests::tls13_client(), 0, FirstWords::kBytesMax));
  }
  EXPECT_EQ(path.count(PathCounter::openings_overwritten), 0u);
}

}  // namespace
}  // namespace dataplane
