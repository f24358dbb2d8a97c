// SPDX-License-Identifier: Apache-2.0
// Every dialogue: agreed to, cut in any way, ended at any byte, answered by something else.
#include "tests/unit/tls/probe_peer.hpp"

#include <set>

namespace {

using tests::agreed_scripts;
using tests::ProbePeer;
using tests::ProbeScript;
using tests::raw;
using tls::probe::DialogueFailure;
using tls::probe::PeerEnd;

std::string told(const ProbeScript& script) {
  return std::string(script.protocol) + ": " + std::string(script.name);
}

size_t server_bytes(const ProbeScript& script) {
  size_t bytes = 0;
  for (const auto& turn : script.turns)
    bytes += turn.talker == 'S' ? turn.bytes.size() : 0;
  return bytes;
}

// The script as far as the server's first `bytes`.
void follow_until(ProbePeer& peer, const ProbeScript& script, size_t bytes) {
  for (const auto& turn : script.turns) {
    if (turn.talker != 'S') continue;
    const std::string_view part = turn.bytes.substr(0, bytes);
    bytes -= part.size();
    peer.say(part);
  }
}

TEST(ProbeDialogue, EveryProtocolHasAScript) {
  std::set<std::string_view> with_script;
  for (const ProbeScript& script : agreed_scripts())
    with_script.insert(script.protocol);
  for (const auto& protocol : tls::probe::starttls_protocols()) {
    EXPECT_TRUE(with_script.contains(protocol.name)) << protocol.name;
  }
}

TEST(ProbeDialogue, SaysWordForWordWhatTheReferencesSayHoweverTheAnswersAreCut) {
  for (const size_t piece : {size_t{1}, size_t{2}, size_t{3}, size_t{7}, SIZE_MAX}) {
    for (const ProbeScript& script : agreed_scripts()) {
      ProbePeer peer(script.protocol, piece);
      peer.follow(script);
      EXPECT_TRUE(peer.result().ready) << told(script);
      EXPECT_EQ(peer.result().failure, DialogueFailure::none) << told(script);
      EXPECT_EQ(peer.starts(), 1) << told(script);
      EXPECT_EQ(peer.result().thrown_away, 0U) << told(script);
    }
  }
}

TEST(ProbeDialogue, ServerFirstProtocolsWaitAndTheOthersSpeak) {
  for (const auto& protocol : tls::probe::starttls_protocols()) {
    ProbePeer peer(protocol.name);
    EXPECT_EQ(peer.take_sent().empty(), protocol.first == tls::probe::Speaker::server)
        << protocol.name;
  }
}

TEST(ProbeDialogue, EndedAtEveryByteNamesTheEndAndTheStep) {
  const std::pair<PeerEnd, DialogueFailure> ends[] = {
      {PeerEnd::closed, DialogueFailure::closed},
      {PeerEnd::reset, DialogueFailure::reset},
      {PeerEnd::timed_out, DialogueFailure::timed_out},
      {PeerEnd::too_much, DialogueFailure::too_much}};
  for (const ProbeScript& script : agreed_scripts()) {
    for (size_t bytes = 0; bytes < server_bytes(script); ++bytes) {
      const auto& [end, failure] = ends[bytes % std::size(ends)];
      ProbePeer peer(script.protocol);
      follow_until(peer, script, bytes);
      ASSERT_FALSE(peer.result().ready) << told(script) << ", byte " << bytes;
      peer.end(end);
      EXPECT_EQ(peer.result().failure, failure) << told(script) << ", byte " << bytes;
      EXPECT_FALSE(peer.result().step.empty()) << told(script);
    }
  }
}

TEST(ProbeDialogue, NamesTheStepAtWhichNothingCame) {
  const ProbeScript smtp = agreed_scripts().front();
  const std::pair<size_t, std::string_view> steps[] = {
      {0, "greeting"}, {smtp.turns[0].bytes.size(), "ehlo"}, {server_bytes(smtp) - 1, "starttls"}};
  for (const auto& [bytes, step] : steps) {
    ProbePeer peer("smtp");
    follow_until(peer, smtp, bytes);
    peer.end(PeerEnd::timed_out);
    EXPECT_EQ(peer.result().step, step);
  }
}

// The command injection of CVE-2011-0411: whoever stands between can put words there.
TEST(ProbeDialogue, ThrowsAwayWhatComesBehindTheGoAhead) {
  constexpr std::string_view kMore = "250 injected\r\n";
  for (const size_t piece : {size_t{1}, SIZE_MAX}) {
    for (const ProbeScript& script : agreed_scripts()) {
      ProbePeer peer(script.protocol, piece);
      ProbeScript longer = script;
      const auto last = std::find_if(longer.turns.rbegin(), longer.turns.rend(),
                                     [](const auto& turn) { return turn.talker == 'S'; });
      const std::string words = std::string(last->bytes) + std::string(kMore);
      last->bytes = words;
      peer.follow(longer);
      EXPECT_TRUE(peer.result().ready) << told(script);
      EXPECT_EQ(peer.result().thrown_away, kMore.size()) << told(script);
      EXPECT_EQ(peer.starts(), 1) << told(script);
    }
  }
}

TEST(ProbeDialogue, OtherProtocolsAreToldAtOnce) {
  struct Other {
    std::string_view words;
    std::set<std::string_view> not_for;  // whose own words these are, or could be
  };
  const Other others[] = {
      {"HTTP/1.1 400 Bad Request\r\n\r\n", {}},
      {"<html><body>", {}},
      {raw("\x15\x03\x01\x00\x02\x02\x28"), {}},
      {"SSH-2.0-OpenSSH_9.2p1\r\n", {"postgresql"}},  // S is its yes
      {"RFB 003.008\n", {"vnc"}},
      {"+OK hi\r\n", {"pop3"}},
      {"* OK hi\r\n", {"imap"}},
      {raw("\x05\x00\x00\x00\x0b\x00\x00\x00\x00"), {}},
      {raw("\xff\xff\xff\xff\xff"), {"telnet"}},  // an escaped byte
      {raw("\x00\x00\x00\x00\x00\x00\x00\x00"), {}},
  };
  for (const auto& protocol : tls::probe::starttls_protocols()) {
    for (const Other& other : others) {
      if (other.not_for.contains(protocol.name)) continue;
      for (const size_t piece : {size_t{1}, SIZE_MAX}) {
        ProbePeer peer(protocol.name, piece);
        peer.say(other.words);
        EXPECT_EQ(peer.result().failure, DialogueFailure::not_this_protocol)
            << protocol.name << " hears " << testing::PrintToString(other.words);
        EXPECT_EQ(peer.last_kind(), tls::probe::Step::Kind::finished) << protocol.name;
      }
    }
  }
}

TEST(ProbeDialogue, WhatNeverEndsIsTooMuch) {
  const std::pair<std::string_view, std::string> floods[] = {
      {"smtp", "220 " + std::string(8192, 'x')},
      {"ftp", "220-" + std::string(8192, 'x')},
      {"xmpp", "<stream:stream a='" + std::string(8192, '>')},
      {"ldap", std::string(raw("\x30\x84\x7f\xff\xff\xff"))},
      {"mysql", std::string(raw("\x01\x00\x7f\x00\x0a"))},
  };
  for (const auto& [protocol, words] : floods) {
    for (const size_t piece : {size_t{1}, SIZE_MAX}) {
      ProbePeer peer(protocol, piece);
      peer.say(words);
      EXPECT_EQ(peer.result().failure, DialogueFailure::too_much) << protocol;
    }
  }
}

// 64 KiB in all, whatever the pieces: line after line that decides nothing.
TEST(ProbeDialogue, ADialogueHearsSoMuchAndNoMore) {
  const std::pair<std::string_view, std::string_view> endless[] = {
      {"smtp", "220-again\r\n"},
      {"ftp", "220-again\r\n"},
      {"imap", "* OK again\r\n"},
      {"sieve", "\"SASL\" \"PLAIN\"\r\n"},
      {"irc", ":a NOTICE * :hi\r\n"},
      {"telnet", "\xff\xfd\x18"},
      {"xmpp", "<stream:stream>"},
      {"ldap", raw("\x30\x05\x02\x01\x05\x64\x00")},
      {"mssql", raw("\x04\x00\x00\x08\x00\x00\x01\x00")},
  };
  for (const auto& [protocol, again] : endless) {
    for (const size_t piece : {size_t{1}, size_t{1000}, SIZE_MAX}) {
      ProbePeer peer(protocol, piece);
      std::string words;
      while (words.size() < tls::probe::Dialogue::kHeardBytesMax)
        words += again;
      words.resize(tls::probe::Dialogue::kHeardBytesMax);
      peer.say(words);
      EXPECT_EQ(peer.result().failure, DialogueFailure::none) << protocol;
      peer.say("\r");
      EXPECT_EQ(peer.result().failure, DialogueFailure::too_much) << protocol;
    }
  }
}

TEST(ProbeDialogue, SendsNoCharacterThatIsInNoHostName) {
  const tls::probe::DialogueNames hostile{"a b\r\nQUIT\r\n", "x'/><y z='\"&.test"};
  auto smtp = tls::probe::make_smtp(hostile);
  (void)smtp->opened();
  const auto ehlo = smtp->heard(tests::bytes_of("220 hi\r\n")).bytes;
  EXPECT_EQ(std::string(ehlo.begin(), ehlo.end()), "EHLO abQUIT\r\n");
  const auto header = tls::probe::make_xmpp(hostile)->opened().bytes;
  EXPECT_NE(std::string(header.begin(), header.end()).find(" to='xyz.test' "), std::string::npos);
  const auto nobody = tls::probe::make_xmpp({})->opened().bytes;
  EXPECT_EQ(std::string(nobody.begin(), nobody.end()).find(" to="), std::string::npos);
}

TEST(ProbeDialogue, EveryFailureHasAName) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(DialogueFailure::too_much); ++i) {
    names.insert(tls::probe::name_of(static_cast<DialogueFailure>(i)));
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(DialogueFailure::too_much) + 1);
}

}  // namespace
