// SPDX-License-Identifier: Apache-2.0
// Captures with what was said before TLS, as a poll core would have kept it.
#include "tests/unit/tls/capture_maker.hpp"
#include "tests/unit/tls/dialogue_samples.hpp"
#include "tls/pipeline/preamble_of.hpp"
#include "tls/pipeline/session_parser.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

namespace tls {
namespace {

using flowtable::HandshakeCapture;
using flowtable::Side;
using tests::ByteVector;

ByteVector mail_hello() {
  tests::ClientHelloLists lists;
  lists.ciphers = {0xc02f};
  lists.extensions = {0};
  lists.sni = "mail.example.org";
  return tests::records(tests::kHandshake, tests::message(1, tests::client_hello_body(lists)));
}

ByteVector mail_flight() {
  const ByteVector hello = tests::message(2, tests::server_hello_body({}));
  return tests::records(tests::kHandshake, tests::joined({hello, tests::message(14, {})}));
}

class DialogueOfCapture : public testing::Test {
 protected:
  void SetUp() override {
    auto made = DialogueMatcher::make();
    ASSERT_TRUE(made.ok());
    matcher_ = std::move(made).value();
  }
  // The first words go on into TLS, as they do on the wire.
  void say(HandshakeCapture& capture, Side side, std::string_view words, const ByteVector& tls) {
    ByteVector all(words.begin(), words.end());
    all.insert(all.end(), tls.begin(), tls.end());
    flowtable::FirstWords& kept = capture.opening.words[index_of(side)];
    kept.size = static_cast<uint8_t>(std::min(all.size(), kept.bytes.size()));
    std::copy_n(all.begin(), kept.size, kept.bytes.begin());
    capture.plaintext_before[index_of(side)] = static_cast<uint32_t>(words.size());
  }
  std::string_view starttls(std::string_view client, std::string_view server) {
    HandshakeCapture& capture = *maker_.make(mail_hello(), mail_flight());
    const Side client_side = capture.flow.originator;
    say(capture, client_side, client, mail_hello());
    say(capture, other(client_side), server, mail_flight());
    SessionParser parser(matcher_.get());
    const ParsedSession session = parser.parse(capture);
    EXPECT_TRUE(session.observation.complete());
    maker_.pool().release(capture);
    return session.observation.starttls;
  }

  tests::CaptureMaker maker_;
  std::unique_ptr<const DialogueMatcher> matcher_;
};

TEST_F(DialogueOfCapture, NamesIt) {
  EXPECT_EQ(starttls("a STARTTLS\r\n", "* OK ready\r\na OK go\r\n"), "imap");
  EXPECT_EQ(starttls("CONNECT a:443 HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"), "http-connect");
}

TEST_F(DialogueOfCapture, TlsFromTheFirstByteHasNone) {
  EXPECT_EQ(starttls("", ""), "");
}

TEST_F(DialogueOfCapture, WithoutAMatcherNothingIsNamed) {
  HandshakeCapture& capture = *maker_.make(mail_hello(), mail_flight());
  say(capture, capture.flow.originator, "STLS\r\n", mail_hello());
  EXPECT_EQ(SessionParser().parse(capture).observation.starttls, "");
}

// A server that closes instead of answering the hello has no TLS, only words. Without words of the
// client's these may be the answer, and nothing came before TLS.
TEST_F(DialogueOfCapture, WordsOfASideWithoutTlsNeedTheOthers) {
  for (const std::string_view client : {"", "X\r\n"}) {
    HandshakeCapture& capture = *maker_.make(mail_hello(), {});
    const Side client_side = capture.flow.originator;
    say(capture, client_side, client, mail_hello());
    say(capture, other(client_side), "+OK ready\r\n", {});
    capture.plaintext_before[index_of(other(client_side))] = 0;
    SessionParser parser(matcher_.get());
    EXPECT_EQ(parser.parse(capture).observation.starttls, client.empty() ? "" : "pop3");
  }
}

// Sizes that no core writes must not lead beyond the words.
TEST_F(DialogueOfCapture, TrustsNoSize) {
  HandshakeCapture& capture = *maker_.make(mail_hello(), mail_flight());
  capture.opening.words[0].size = 255;
  capture.plaintext_before = {70000, 70000};
  const Preamble preamble = preamble_of(capture, Side::a);
  EXPECT_EQ(preamble.client.words.size(), flowtable::FirstWords::kBytesMax);
  EXPECT_EQ(preamble.client.bytes, 70000U);
  EXPECT_TRUE(preamble.server.words.empty());
}

}  // namespace
}  // namespace tls
