// SPDX-License-Identifier: Apache-2.0
// Against hellos, raw strings and hashes that the reference (salesforce/jarm) made, and hashes that
// its README and its pull request 7 publish.
#include "tls/probe/jarm.hpp"

#include "tests/support/hello_builder.hpp"
#include "tests/unit/tls/probe/jarm_samples.hpp"
#include "tls/digest/digest.hpp"

#include <gtest/gtest.h>

namespace tls::probe {
namespace {

using tests::ByteVector;

// With host jarm.test, GREASE 0a0a and zeros for all that is random.
TEST(JarmHello, EqualsTheReference) {
  constexpr std::string_view kGolden[kJarmHellos] = {
      "2dac96046828a2670b8fd4972dfa9ca5", "b34a1d7ef1132e6a78472953faa0c8e1",
      "b5f15d48e588517979e9ab4efa5aeecf", "b6bb9a832ff54d601d655674925f7ae5",
      "4ada0797276e38e16bc000a8efcaa42e", "e81c688165a21b03c638910feda93d96",
      "b1699acd5265fdcb285ae73f98895670", "767b5404e1f9d164ca8692b686a2d4dd",
      "5a42efb435e54c8b55e72f5f4800b2a4", "974b378557b1316a738fe412a3fd0823"};
  constexpr size_t kBytes[kJarmHellos] = {423, 423, 344, 330, 411, 412, 425, 425, 415, 438};
  for (size_t i = 0; i < kJarmHellos; ++i) {
    const ByteVector hello = client_hello_record(jarm_hello(i, "jarm.test", {}));
    EXPECT_EQ(hello.size(), kBytes[i]) << i + 1;
    EXPECT_EQ(to_hex(sha256(hello)).substr(0, 32), kGolden[i]) << i + 1;
  }
}

TEST(JarmHash, OfWhatTheReferenceMeasured) {
  for (const tests::JarmSample& sample : tests::kJarmSamples) {
    std::string raw;
    for (const std::string_view answer : sample.raw)
      raw += (raw.empty() ? "" : ",") + std::string(answer);
    EXPECT_EQ(jarm_hash(raw), sample.hash) << sample.name;
  }
}

TEST(JarmHash, ATimeoutMakesItNothing) {
  JarmScan scan;
  EXPECT_EQ(scan.hash(), std::string(62, '0'));
  const ByteVector hello = tests::records(
      tests::kHandshake, tests::message(2, tests::server_hello_body({.cipher = 0xc030})));
  scan.add(3, hello);
  EXPECT_NE(scan.hash(), std::string(62, '0'));
  EXPECT_EQ(scan.raw(), "|||,|||,|||,c030|0303||,|||,|||,|||,|||,|||,|||");
  scan.time_out();
  EXPECT_EQ(scan.hash(), std::string(62, '0'));
}

ByteVector server_hello(const tests::ServerHelloLists& lists) {
  return tests::records(tests::kHandshake, tests::message(2, tests::server_hello_body(lists)));
}

TEST(JarmRaw, OfServerHellos) {
  tests::ServerHelloLists lists;
  lists.session_id = ByteVector(32, 1);
  lists.cipher = 0xc02f;
  lists.extensions = {0xff01, 0x0010, 0x0017};
  lists.alpn = "h2";
  EXPECT_EQ(jarm_raw(server_hello(lists)), "c02f|0303|h2|ff01-0010-0017");
  lists.session_id = {};
  EXPECT_EQ(jarm_raw(server_hello(lists)), "c02f|0303|h2|ff01-0010-0017");
  lists.extensions = {0x002b, 0x0033};
  lists.supported_version = 0x0304;
  lists.cipher = 0x1302;
  EXPECT_EQ(jarm_raw(server_hello(lists)), "1302|0303||002b-0033");
  EXPECT_EQ(jarm_raw(tests::records(tests::kAlert, ByteVector{2, 40})), "|||");
  EXPECT_EQ(jarm_raw({}), "|||");
  EXPECT_EQ(jarm_raw(tests::records(tests::kHandshake, ByteVector(100, 11))), "|||");
}

// The reference decodes the name; an extension without content makes it give up.
TEST(JarmRaw, OfOddAlpn) {
  tests::ServerHelloLists lists;
  lists.extensions = {0x0010};
  lists.alpn = "h\xc3\xa9";
  EXPECT_EQ(jarm_raw(server_hello(lists)), "c02f|0303|h\xc3\xa9|0010");
  lists.alpn = "h\xc3";
  EXPECT_EQ(jarm_raw(server_hello(lists)), "|||");
  lists.alpn = {};
  lists.bodies[0x0010] = {};
  EXPECT_EQ(jarm_raw(server_hello(lists)), "|||");
}

// A ServerHello without extensions, and what follows it.
TEST(JarmRaw, WithoutExtensions) {
  tests::ServerHelloLists lists{.version = 0x0301, .cipher = 0x0005};
  const ByteVector hello = tests::message(2, tests::server_hello_body(lists));
  EXPECT_EQ(jarm_raw(tests::records(tests::kHandshake, hello)), "0005|0301||");
  const ByteVector together = tests::joined({hello, tests::message(11, ByteVector(500, 1))});
  EXPECT_EQ(jarm_raw(tests::records(tests::kHandshake, together)), "0005|0301||");
}

TEST(JarmRaw, OfACutAnswerNeverReadsBeyondIt) {
  tests::ServerHelloLists lists;
  lists.extensions = {0xff01, 0x0010, 0x0017};
  lists.alpn = "h2";
  const ByteVector whole = server_hello(lists);
  for (size_t length = 0; length <= whole.size(); ++length) {
    const std::string raw = jarm_raw(flowtable::Bytes(whole).first(length));
    EXPECT_EQ(std::count(raw.begin(), raw.end(), '|'), 3) << length;
  }
}

}  // namespace
}  // namespace tls::probe
