// SPDX-License-Identifier: Apache-2.0
// TLS behind other protocols' words: every dialogue that upgrades, on a port that says nothing, cut
// into segments in every way that changes what a single segment shows.
#include "tests/support/path_under_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace dataplane {
namespace {

using flowtable::Endpoint;
using tests::append;
using tests::ByteString;
using tests::Conversation;
using tests::expect_direction;
using tests::join;
using tests::PathUnderTest;
using tests::TakenCapture;
using tests::text;
using Frames = std::vector<ByteString>;

const Endpoint kClient = tests::v4(1, 40000);
const Endpoint kServer = tests::v4(2, 9999);

struct Turn {
  bool from_client;
  ByteString words;
};
Turn c(std::string_view words) {
  return {true, text(words)};
}
Turn s(std::string_view words) {
  return {false, text(words)};
}
// Text with zero bytes in it.
template <size_t N>
constexpr std::string_view raw(const char (&bytes)[N]) {
  return {bytes, N - 1};
}

struct Dialogue {
  std::string name;
  std::vector<Turn> turns;
};

std::vector<Turn> mail_turns() {
  return {s("220 mail ESMTP\r\n"), c("EHLO a\r\n"),
          s("250-mail\r\n250-SIZE 1000\r\n250 STARTTLS\r\n"), c("STARTTLS\r\n"),
          s("220 go ahead\r\n")};
}

Dialogue after(const Dialogue& first, const Dialogue& second) {
  Dialogue out{first.name + "+" + second.name, first.turns};
  out.turns.insert(out.turns.end(), second.turns.begin(), second.turns.end());
  return out;
}

std::vector<Dialogue> text_dialogues() {
  return {
      {"smtp", mail_turns()},
      {"lmtp",
       {s("220 box LMTP\r\n"), c("LHLO a\r\n"), s("250 STARTTLS\r\n"), c("STARTTLS\r\n"),
        s("220 go\r\n")}},
      {"imap",
       {s("* OK ready\r\n"), c("a CAPABILITY\r\n"),
        s("* CAPABILITY IMAP4rev1 STARTTLS\r\na OK\r\n"), c("b STARTTLS\r\n"), s("b OK go\r\n")}},
      {"pop3", {s("+OK hi\r\n"), c("STLS\r\n"), s("+OK go\r\n")}},
      {"ftp", {s("220 hi\r\n"), c("AUTH TLS\r\n"), s("234 go\r\n")}},
      {"nntp", {s("200 hi\r\n"), c("STARTTLS\r\n"), s("382 go\r\n")}},
      {"sieve",
       {s("\"IMPLEMENTATION\" \"x\"\r\n\"STARTTLS\"\r\nOK\r\n"), c("STARTTLS\r\n"), s("OK\r\n")}},
      {"irc", {c("STARTTLS\r\n"), s(":irc 670 * :go\r\n")}},
      {"xmpp",
       {c("<?xml version='1.0'?><stream:stream xmlns='jabber:client' to='a'>"),
        s("<?xml version='1.0'?><stream:stream xmlns='jabber:client' id='1'>"),
        s("<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
        s("</stream:features>"), c("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
        s("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")}},
      {"http-connect",
       {c("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"),
        s("HTTP/1.1 200 Connection established\r\n\r\n")}},
  };
}

std::vector<Dialogue> binary_dialogues() {
  return {
      {"ldap",
       {c("0\x1d\x02\x01\x01w\x18\x80\x16"
          "1.3.6.1.4.1.1466.20037"),
        s(raw("0\x0c\x02\x01\x01x\x07\x0a\x01\x00\x04\x00\x04\x00"))}},
      {"postgresql", {c(raw("\x00\x00\x00\x08\x04\xd2\x16\x2f")), s("S")}},
      {"postgresql gss",
       {c(raw("\x00\x00\x00\x08\x04\xd2\x16\x30")), s("N"),
        c(raw("\x00\x00\x00\x08\x04\xd2\x16\x2f")), s("S")}},
      // The server says nothing between the request and TLS.
      {"mysql",
       {s(raw("J\x00\x00\x00\n8.0.28\x00\x18\x00\x00\x00")),
        c(raw(" \x00\x00\x01\x85\xae\x7f\x00\x00\x00\x00\x01!\x00\x00\x00\x00\x00\x00"
              "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))}},
      {"rdp",
       {c(raw("\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00")),
        s(raw("\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x01\x08\x00\x02\x00\x00"
              "\x00"))}},
      {"vnc",
       {s("RFB 003.008\n"), c("RFB 003.008\n"), s("\x01\x13"), c("\x13"), s(raw("\x00\x02")),
        c(raw("\x00\x02")), s(raw("\x00\x01\x00\x00\x01\x04")), c(raw("\x00\x00\x01\x04")),
        s("\x01")}},
      {"telnet",
       {s("\xff\xfd\x2e"), c("\xff\xfb\x2e"), c("\xff\xfa\x2e\x01\xff\xf0"),
        s("\xff\xfa\x2e\x01\xff\xf0")}},
      {"socks4",
       {c(raw("\x04\x01\x01\xbb\x7f\x00\x00\x01\x00")), s(raw("\x00Z\x00\x00\x00\x00\x00\x00"))}},
      {"socks5",
       {c(raw("\x05\x01\x00")), s(raw("\x05\x00")),
        c(raw("\x05\x01\x00\x01\x7f\x00\x00\x01\x01\xbb")),
        s(raw("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"))}},
      {"proxy", {c("PROXY TCP4 10.0.0.1 10.0.0.2 4000 443\r\n")}},
  };
}

std::vector<Dialogue> dialogues() {
  std::vector<Dialogue> all = text_dialogues();
  const Dialogue smtp = all.front(), connect = all.back();
  for (const Dialogue& dialogue : binary_dialogues())
    all.push_back(dialogue);
  all.push_back(after(connect, smtp));
  all.push_back(after(all.back(), all[1]));
  return all;
}

ByteString words_of(const Dialogue& dialogue, bool from_client) {
  ByteString out;
  for (const Turn& turn : dialogue.turns)
    if (turn.from_client == from_client) out = join({out, turn.words});
  return out;
}

// How a dialogue is sent.
struct Way {
  const char* name;
  size_t segment_bytes = 1400;
  bool client_heard = true;
  bool server_heard = true;
};

// One connection, from its SYN to the encrypted part; each direction's frames only where heard.
class Wire {
 public:
  explicit Wire(const Way& way) : way_(way) {
    for (const ByteString& frame : conversation_.handshake())
      frames_.push_back(frame);
    if (!way.client_heard) frames_ = {frames_[1]};
    if (!way.server_heard) frames_ = {frames_[0], frames_[2]};
  }
  void say(bool from_client, const ByteString& bytes) {
    const Frames sent = from_client ? conversation_.client_sends(bytes, way_.segment_bytes)
                                    : conversation_.server_sends(bytes, way_.segment_bytes);
    if (from_client ? way_.client_heard : way_.server_heard) append(frames_, sent);
  }
  // What a worker is given, and the path's counters.
  std::vector<TakenCapture> take() {
    play(path_, frames_);
    frames_.clear();
    path_.drain();
    return path_.take();
  }
  [[nodiscard]] const PathUnderTest& path() const { return path_; }

 private:
  Way way_;
  Conversation conversation_{kClient, kServer};
  Frames frames_;
  PathUnderTest path_;
};

void expect_handshake(Wire& wire, const Dialogue& dialogue, const Way& way) {
  SCOPED_TRACE(dialogue.name + ", " + way.name);
  const auto taken = wire.take();
  ASSERT_EQ(taken.size(), 1u);
  const TakenCapture& capture = taken[0];
  const ByteString client = tests::tls12_client(), server = tests::tls12_server();
  constexpr size_t kFinishedBytes = 45;
  if (way.client_heard) {
    expect_direction(capture.from(kClient), client, client.size() - kFinishedBytes);
    EXPECT_EQ(capture.plaintext_before[capture.side_of(kClient)], words_of(dialogue, true).size());
  }
  if (way.server_heard) {
    expect_direction(capture.from(kServer), server, server.size() - kFinishedBytes);
    EXPECT_EQ(capture.plaintext_before[capture.side_of(kServer)], words_of(dialogue, false).size());
  }
  EXPECT_EQ(wire.path().count(PathCounter::flows_tls), 1u);
}

TEST(DialoguePath, FindsTheHandshakeBehindEveryDialogue) {
  const Way ways[] = {
      {.name = "turn by turn"},
      {.name = "client alone", .server_heard = false},
      {.name = "server alone", .client_heard = false},
  };
  for (const Way& way : ways) {
    for (const Dialogue& dialogue : dialogues()) {
      Wire wire(way);
      for (const Turn& turn : dialogue.turns)
        wire.say(turn.from_client, turn.words);
      wire.say(true, tests::tls12_client());
      wire.say(false, tests::tls12_server());
      expect_handshake(wire, dialogue, way);
    }
  }
}

// A client that does not wait for the go-ahead: its last words and its hello in one segment.
TEST(DialoguePath, FindsAHelloBehindTheClientsLastWords) {
  const Way way{.name = "words and hello together"};
  for (const Dialogue& dialogue : dialogues()) {
    Wire wire(way);
    const auto is_clients = [](const Turn& turn) { return turn.from_client; };
    const auto last =
        std::ranges::find_if(dialogue.turns.rbegin(), dialogue.turns.rend(), is_clients);
    ASSERT_NE(last, dialogue.turns.rend());
    for (const Turn& turn : dialogue.turns) {
      const bool here = &turn == &*last;
      wire.say(turn.from_client, here ? join({turn.words, tests::tls12_client()}) : turn.words);
    }
    wire.say(false, tests::tls12_server());
    expect_handshake(wire, dialogue, way);
  }
}

// Its go-ahead and its ServerHello in one segment: the server of such a client, or a tap behind
// something that joins segments.
TEST(DialoguePath, FindsAServerHelloBehindTheServersLastWords) {
  const Way way{.name = "go-ahead and answer together"};
  for (const Dialogue& dialogue : dialogues()) {
    Wire wire(way);
    std::vector<Turn> turns = dialogue.turns;
    ByteString last_words;
    if (!turns.back().from_client) {
      last_words = turns.back().words;
      turns.pop_back();
    }
    for (const Turn& turn : turns)
      wire.say(turn.from_client, turn.words);
    wire.say(true, tests::tls12_client());
    wire.say(false, join({last_words, tests::tls12_server()}));
    expect_handshake(wire, dialogue, way);
  }
}

// Many lines of one side, each a segment: the other side's hello says where both begin.
TEST(DialoguePath, BearsManyWordsOfOneSide) {
  for (const bool chatty_client : {false, true}) {
    const Way way{.name = chatty_client ? "many of the client's" : "many of the server's"};
    Dialogue dialogue{"smtp", {s("220 mail ESMTP\r\n")}};
    for (int i = 0; i < 60; ++i)
      dialogue.turns.push_back(chatty_client ? c("NOOP\r\n") : s("250-CAPABILITY\r\n"));
    dialogue.turns.push_back(c("STARTTLS\r\n"));
    dialogue.turns.push_back(s("220 go\r\n"));
    Wire wire(way);
    for (const Turn& turn : dialogue.turns)
      wire.say(turn.from_client, turn.words);
    wire.say(true, tests::tls12_client());
    wire.say(false, tests::tls12_server());
    expect_handshake(wire, dialogue, way);
  }
}

// Both sides have spent their probes, or one its bytes: the flow is given up, and counted so.
TEST(DialoguePath, GivesUpADialogueBeyondItsBudgetAndSaysSo) {
  Wire chatty({.name = "chatty"});
  for (int i = 0; i < 40; ++i) {
    chatty.say(true, text("AUTH PLAIN x\r\n"));
    chatty.say(false, text("535 no\r\n"));
  }
  Wire heavy({.name = "heavy"});
  heavy.say(false, ByteString(PathOptions{}.probe_bytes_max + 1, 'x'));
  for (Wire* wire : {&chatty, &heavy}) {
    wire->say(true, tests::tls12_client());
    wire->say(false, tests::tls12_server());
    EXPECT_TRUE(wire->take().empty());
    EXPECT_EQ(wire->path().count(PathCounter::flows_not_tls), 1u);
    EXPECT_EQ(wire->path().count(PathCounter::flows_tls), 0u);
  }
}

}  // namespace
}  // namespace dataplane
