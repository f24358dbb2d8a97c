// SPDX-License-Identifier: Apache-2.0
// Captures with their connection's first packets, as a poll core would have kept them.
#include "tests/unit/tls/capture_maker.hpp"
#include "tls/fingerprint/method.hpp"
#include "tls/pipeline/session_parser.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>

namespace tls {
namespace {

using flowtable::HandshakeCapture;
using flowtable::Side;
using flowtable::SynFacts;
using tests::ByteVector;

// FoxIO's badcurveball.pcap, what its first packets say and when they came.
const ByteVector kSynOptions = {2, 4, 5, 0x6a, 1, 3, 3, 6, 1, 1, 8, 10,
                                0, 0, 0, 1,    0, 0, 0, 0, 4, 2, 0, 0};
const ByteVector kSynAckOptions = {2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 1, 1, 3, 3, 7};

flowtable::Tick at_us(int64_t us) {
  return flowtable::tick_from_ns((1'579'219'200'000'000 + us) * 1000);
}

SynFacts syn_of(const ByteVector& options, uint16_t window, uint8_t ttl, int64_t us) {
  SynFacts out;
  out.tick = at_us(us);
  std::ranges::copy(options, out.options.begin());
  out.options_size = static_cast<uint8_t>(options.size());
  out.seen = true;
  out.ttl = ttl;
  out.window = window;
  return out;
}

std::string text(const std::optional<Fingerprint>& print) {
  return print ? print->hash : "none";
}

class OpeningOfCapture : public testing::Test {
 protected:
  void SetUp() override {
    if (find_method("ja4t") == nullptr) GTEST_SKIP() << "built without the option foxio";
    tests::ClientHelloLists lists;
    lists.ciphers = {0xc02f};
    const ByteVector hello =
        tests::records(tests::kHandshake, tests::message(1, tests::client_hello_body(lists)));
    capture_ = maker_.make(hello, {});
    asking_ = capture_->flow.originator;
    flowtable::Opening& opening = capture_->opening;
    opening.syns[index_of(asking_)] = syn_of(kSynOptions, 65535, 64, 0);
    opening.syns[index_of(other(asking_))] = syn_of(kSynAckOptions, 26847, 238, 1563);
    opening.handshake_ack = at_us(5918);
    opening.first_request = at_us(5925);
    opening.first_reply = at_us(24009);
    opening.second_request = at_us(253604);
  }
  Observation parse() { return SessionParser().parse(*capture_).observation; }
  SynFacts& syn() { return capture_->opening.syns[index_of(asking_)]; }
  SynFacts& syn_ack() { return capture_->opening.syns[index_of(other(asking_))]; }

  tests::CaptureMaker maker_;
  HandshakeCapture* capture_ = nullptr;
  Side asking_ = Side::a;
};

TEST_F(OpeningOfCapture, HasThePublishedValues) {
  const Observation seen = parse();
  EXPECT_EQ(text(seen.ja4t), "65535_2-1-3-1-1-8-4-0-0_1386_6");
  EXPECT_EQ(text(seen.ja4ts), "26847_2-4-8-1-3_1460_7");
  EXPECT_EQ(text(seen.ja4l), "2177_64_114797");
  EXPECT_EQ(text(seen.ja4ls), "781_238_9042");
}

TEST_F(OpeningOfCapture, IsOfWhoConnectedAlsoWhereTheOtherSaysClientHello) {
  capture_->flow.originator = other(asking_);
  std::swap(syn(), syn_ack());
  const Observation seen = parse();
  EXPECT_EQ(seen.client, capture_->flow.key.endpoint(asking_));
  EXPECT_EQ(text(seen.ja4t), "65535_2-1-3-1-1-8-4-0-0_1386_6");
  EXPECT_EQ(text(seen.ja4ls), "781_238_9042");
}

TEST_F(OpeningOfCapture, AConnectionMetUnderWayHasNone) {
  capture_->opening.syns = {};
  const Observation seen = parse();
  EXPECT_TRUE(seen.hello);
  for (const auto* print : {&seen.ja4t, &seen.ja4ts, &seen.ja4l, &seen.ja4ls})
    EXPECT_EQ(text(*print), "none");
}

TEST_F(OpeningOfCapture, OneDirectionHasItsOwn) {
  syn_ack() = {};
  EXPECT_EQ(text(parse().ja4t), "65535_2-1-3-1-1-8-4-0-0_1386_6");
  EXPECT_EQ(text(parse().ja4ts) + text(parse().ja4l) + text(parse().ja4ls), "nonenonenone");
  SetUp();
  syn() = {};
  EXPECT_EQ(text(parse().ja4ts), "26847_2-4-8-1-3_1460_7");
  EXPECT_EQ(text(parse().ja4t) + text(parse().ja4l) + text(parse().ja4ls), "nonenonenone");
}

TEST_F(OpeningOfCapture, ThirdPartNeedsBothOfItsTimes) {
  capture_->opening.second_request = {};
  EXPECT_EQ(text(parse().ja4l), "2177_64");
  EXPECT_EQ(text(parse().ja4ls), "781_238_9042");
  capture_->opening.first_reply = {};
  EXPECT_EQ(text(parse().ja4ls), "781_238");
  capture_->opening.handshake_ack = {};
  EXPECT_EQ(text(parse().ja4l), "none");
  EXPECT_EQ(text(parse().ja4ls), "781_238");
}

TEST_F(OpeningOfCapture, ARepeatedPacketIsNoMeasure) {
  syn_ack().repeats = {1, 2};
  syn_ack().num_repeats = 2;
  EXPECT_EQ(text(parse().ja4ts), "26847_2-4-8-1-3_1460_7_1-2");
  EXPECT_EQ(text(parse().ja4l), "none");
  EXPECT_EQ(text(parse().ja4ls), "781_238_9042") << "the first one answered";
  SetUp();
  syn().num_repeats = 1;
  EXPECT_EQ(text(parse().ja4l), "2177_64_114797");
  EXPECT_EQ(text(parse().ja4ls), "none");
}

}  // namespace
}  // namespace tls
