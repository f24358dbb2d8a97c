// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/session_parser.hpp"

#include "tests/support/hello_builder.hpp"
#include "tests/support/quic_builder.hpp"
#include "tests/unit/tls/capture_maker.hpp"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

namespace tls {
namespace {

using tests::ByteVector;
using tests::ByteWriter;
using tests::from_hex;
using tests::joined;
using tests::message;
using tests::records;

constexpr uint8_t kChange = tests::kChangeCipherSpec;
constexpr uint8_t kShake = tests::kHandshake;

tests::ClientHelloLists client_lists() {
  tests::ClientHelloLists lists;
  lists.ciphers = {0x1a1a, 0x1301, 0xc02f};
  lists.extensions = {0, 10, 16, 43};
  lists.groups = {0x2a2a, 29};
  lists.sni = "www.example.org";
  lists.alpn = {"h2"};
  lists.supported_versions = {0x0304, 0x0303};
  return lists;
}
ByteVector hello_with(const tests::ClientHelloLists& lists = client_lists()) {
  return message(1, tests::client_hello_body(lists));
}
ByteVector answer_with(const tests::ServerHelloLists& lists = {}) {
  return message(2, tests::server_hello_body(lists));
}
tests::ServerHelloLists tls13_lists() {
  tests::ServerHelloLists lists;
  lists.cipher = 0x1301;
  lists.extensions = {43, 51};
  lists.supported_version = 0x0304;
  lists.group = 29;
  return lists;
}
ByteVector certificate(size_t size = 300) {
  return message(11, tests::certificate_body({ByteVector(size, 0x30), ByteVector(20, 0x31)}));
}
ByteVector handshake(const std::vector<ByteVector>& messages, size_t payload_max = 16384) {
  return records(kShake, joined(messages), payload_max);
}
ByteVector change() {
  return records(kChange, ByteVector{1});
}
ByteVector protected_data() {
  return records(tests::kApplicationData, ByteVector(60, 0x77));
}
ByteVector answer_flight() {
  return handshake({answer_with(), certificate(), message(14, {})});
}
ByteVector first(const ByteVector& bytes, size_t count) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count)};
}

class Parser : public testing::Test {
 protected:
  ParsedSession parse(const ByteVector& client, const ByteVector& server) {
    capture_ = maker_.make(client, server);
    ParsedSession out = parser_.parse(*capture_);
    for (const auto der : out.certs)
      der_sizes_.push_back(der.size());
    maker_.pool().release(*capture_);
    return out;
  }
  MissingReason reason(const ByteVector& client, const ByteVector& server) {
    return parse(client, server).observation.missing;
  }

  tests::CaptureMaker maker_;
  SessionParser parser_;
  flowtable::HandshakeCapture* capture_ = nullptr;
  std::vector<size_t> der_sizes_;
};

TEST_F(Parser, ReadsAFullTls12Session) {
  const ParsedSession got = parse(handshake({hello_with()}), answer_flight());
  const Observation& seen = got.observation;
  EXPECT_TRUE(got.is_tls);
  EXPECT_TRUE(seen.complete());
  EXPECT_EQ(seen.client.port, 40000);
  EXPECT_EQ(seen.server.port, 443);
  ASSERT_TRUE(seen.hello && seen.answer);
  EXPECT_EQ(seen.sni, "www.example.org");
  EXPECT_EQ(seen.hello->alpn, std::vector<std::string>{"h2"});
  EXPECT_EQ(seen.hello->groups, std::vector<uint16_t>{29});
  EXPECT_EQ(seen.hello->supported_versions, (std::vector<uint16_t>{0x0304, 0x0303}));
  EXPECT_EQ(seen.hello->ja4.raw, "t13d0204h2_1301,c02f_000a,002b");
  EXPECT_EQ(seen.hello->ja4_original.raw, "t13d0204h2_1301,c02f_0000,000a,0010,002b");
  EXPECT_EQ(seen.answer->version, 0x0303);
  EXPECT_EQ(seen.answer->cipher, 0xc02f);
  EXPECT_EQ(der_sizes_, (std::vector<size_t>{300, 20}));
  EXPECT_FALSE(seen.resumed || seen.hello_retry || seen.alert);
}

TEST_F(Parser, ReadsTheSameFromEveryRecordSize) {
  const ByteVector flight = joined({answer_with(), certificate(), message(14, {})});
  const ParsedSession whole = parse(handshake({hello_with()}), records(kShake, flight));
  for (const size_t size : {1, 2, 3, 7, 50, 100, 333}) {
    der_sizes_.clear();
    const ParsedSession split =
        parse(handshake({hello_with()}, size), records(kShake, flight, size));
    EXPECT_TRUE(split.observation.complete());
    EXPECT_EQ(split.observation.hello->ja3.hash, whole.observation.hello->ja3.hash);
    EXPECT_EQ(split.observation.answer->ja3s.hash, whole.observation.answer->ja3s.hash);
    EXPECT_EQ(der_sizes_, (std::vector<size_t>{300, 20})) << size;
  }
}

TEST_F(Parser, NeverFingerprintsACutHello) {
  const ByteVector hello = handshake({hello_with()});
  for (size_t length = 1; length < hello.size(); ++length) {
    const ParsedSession got = parse(first(hello, length), answer_flight());
    EXPECT_FALSE(got.observation.hello) << length;
    const bool begun = length > 5;
    EXPECT_EQ(got.observation.missing,
              begun ? MissingReason::client_hello_cut : MissingReason::client_hello_missing);
  }
}

TEST_F(Parser, SaysHowFarACutServerFlightCame) {
  const ByteVector client = handshake({hello_with()});
  const ByteVector flight = answer_flight();
  for (size_t length = 6; length < flight.size(); ++length)
    EXPECT_EQ(reason(client, first(flight, length)), MissingReason::server_flight_cut) << length;
}

TEST_F(Parser, NamesTheDirectionThatIsMissing) {
  EXPECT_EQ(reason(handshake({hello_with()}), {}), MissingReason::server_hello_missing);
  const ParsedSession server_only = parse({}, answer_flight());
  EXPECT_EQ(server_only.observation.missing, MissingReason::client_hello_missing);
  EXPECT_EQ(server_only.observation.server.port, 443);
  EXPECT_TRUE(server_only.observation.answer);
}

TEST_F(Parser, KnowsTheClientByWhatItSays) {
  // The flow's originator sends the server's flight: seen from the middle of a connection.
  const ParsedSession got = parse(answer_flight(), handshake({hello_with()}));
  EXPECT_TRUE(got.observation.complete());
  EXPECT_EQ(got.observation.client.port, 443);
}

TEST_F(Parser, IsDoneWithTls13AtTheServerHello) {
  const ByteVector server =
      joined({handshake({answer_with(tls13_lists())}), change(), protected_data()});
  const ParsedSession got = parse(handshake({hello_with()}), server);
  EXPECT_TRUE(got.observation.complete());
  EXPECT_EQ(got.observation.answer->version, 0x0304);
  EXPECT_EQ(got.observation.answer->group, 29);
  EXPECT_FALSE(got.observation.resumed);
  EXPECT_TRUE(got.certs.empty());
}

// RFC 8448 section 3, "Simple 1-RTT Handshake".
TEST_F(Parser, ReadsTheTraceOfRfc8448) {
  const ByteVector client = from_hex(
      "010000c00303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece700000613011303"
      "13020100009100"
      "00000b0009000006736572766572ff01000100000a00140012001d0017001800190100010"
      "101020103010400230000003300260024001d002099381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5"
      "413691e529aaf2c002b0003020304000d0020001e0403050306030203080408050806040105010601020104020"
      "50206020202002d00020101001c00024001");
  const ByteVector server = from_hex(
      "020000560303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e2692800130100002e00"
      "330024001d0020c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f002b00020304");
  ASSERT_EQ(client.size(), 196u);
  ASSERT_EQ(server.size(), 90u);
  const ParsedSession got =
      parse(handshake({client}), joined({handshake({server}), protected_data()}));
  EXPECT_TRUE(got.observation.complete());
  EXPECT_EQ(got.observation.sni, "server");
  EXPECT_EQ(got.observation.hello->supported_versions, std::vector<uint16_t>{0x0304});
  EXPECT_EQ(got.observation.hello->ja4.raw,
            "t13d030900_1301,1302,1303_000a,000d,001c,0023,002b,002d,0033,ff01_0403,0503,0603,0203,"
            "0804,0805,0806,0401,0501,0601,0201,0402,0502,0602,0202");
  EXPECT_EQ(got.observation.hello->ja3.raw,
            "771,4865-4867-4866,0-65281-10-35-51-43-13-45-28,29-23-24-25-256-257-258-259-260,");
  EXPECT_EQ(got.observation.answer->ja3s.raw, "771,4865,51-43");
  EXPECT_EQ(got.observation.answer->group, 29);
}

TEST_F(Parser, SeesTls13Resumption) {
  tests::ServerHelloLists lists = tls13_lists();
  lists.extensions = {43, 51, 41};
  EXPECT_TRUE(
      parse(handshake({hello_with()}), handshake({answer_with(lists)})).observation.resumed);
}

TEST_F(Parser, FollowsAHelloRetryRequest) {
  tests::ServerHelloLists retry = tls13_lists();
  retry.hello_retry = true;
  retry.group = 24;
  tests::ClientHelloLists second = client_lists();
  second.groups = {24};
  second.ciphers = {0x1302};
  const ByteVector client = joined(
      {handshake({hello_with()}), change(), handshake({hello_with(second)}), protected_data()});
  const ByteVector server = joined({handshake({answer_with(retry)}), change(),
                                    handshake({answer_with(tls13_lists())}), protected_data()});
  const ParsedSession got = parse(client, server);
  EXPECT_TRUE(got.observation.complete());
  EXPECT_TRUE(got.observation.hello_retry);
  EXPECT_EQ(got.observation.hello->ja4.raw, "t13d0204h2_1301,c02f_000a,002b");
  EXPECT_EQ(got.observation.answer->group, 29);

  const ParsedSession half = parse(client, joined({handshake({answer_with(retry)}), change()}));
  EXPECT_TRUE(half.observation.hello_retry);
  EXPECT_EQ(half.observation.missing, MissingReason::server_flight_cut);
}

TEST_F(Parser, SeesTls12Resumption) {
  tests::ClientHelloLists hello = client_lists();
  hello.session_id = ByteVector(32, 5);
  tests::ServerHelloLists answer;
  answer.session_id = ByteVector(32, 5);
  const ByteVector abbreviated = joined(
      {handshake({answer_with(answer)}), change(), handshake({message(20, ByteVector(40))})});
  const ParsedSession by_id = parse(handshake({hello_with(hello)}), abbreviated);
  EXPECT_TRUE(by_id.observation.complete());
  EXPECT_TRUE(by_id.observation.resumed);
  EXPECT_TRUE(parse(handshake({hello_with()}), joined({handshake({answer_with()}), change()}))
                  .observation.resumed);
  // The same id, but a full handshake: the server made a new session under it.
  const ParsedSession full =
      parse(handshake({hello_with(hello)}),
            handshake({answer_with(answer), certificate(), message(14, {})}));
  EXPECT_FALSE(full.observation.resumed);
}

TEST_F(Parser, ReportsARefusal) {
  const ByteVector refusal = records(tests::kAlert, ByteVector{2, 40});
  const ParsedSession got = parse(handshake({hello_with()}), refusal);
  EXPECT_EQ(got.observation.missing, MissingReason::alert);
  EXPECT_EQ(got.observation.alert, 40);
  // The client refuses a certificate it has got: all was seen.
  const ParsedSession late =
      parse(joined({handshake({hello_with()}), records(tests::kAlert, ByteVector{2, 48})}),
            answer_flight());
  EXPECT_TRUE(late.observation.complete());
  EXPECT_EQ(late.observation.alert, 48);
  EXPECT_FALSE(parse(joined({handshake({hello_with()}), records(tests::kAlert, ByteVector{1, 0})}),
                     answer_flight())
                   .observation.alert);
}

TEST_F(Parser, KeepsClientCertificatesApart) {
  const ParsedSession got =
      parse(joined({handshake({hello_with()}), handshake({certificate(90)})}), answer_flight());
  EXPECT_EQ(got.client_certs.size(), 2u);
  EXPECT_EQ(got.certs.size(), 2u);
}

TEST_F(Parser, SaysMalformedOfABrokenMessage) {
  ByteVector bad_hello = hello_with();
  bad_hello[4 + 2 + 32] = 33;  // session id length
  EXPECT_EQ(reason(records(kShake, bad_hello), answer_flight()), MissingReason::malformed);
  ByteVector bad_list = certificate();
  bad_list[4 + 3 + 2] = 0xff;  // first certificate's length
  EXPECT_EQ(
      reason(handshake({hello_with()}), handshake({answer_with(), bad_list, message(14, {})})),
      MissingReason::malformed);
}

TEST_F(Parser, SaysGapAndTooLargeOfTheCapture) {
  const ByteVector flight = answer_flight();
  capture_ = maker_.make(handshake({hello_with()}), first(flight, 50));
  auto& stream = capture_->streams[index_of(other(capture_->flow.originator))];
  stream.insert(1000 + 60, std::span(flight).subspan(60));
  EXPECT_EQ(parser_.parse(*capture_).observation.missing, MissingReason::gap);
  EXPECT_EQ(
      reason(handshake({hello_with()}), handshake({answer_with(), message(11, ByteVector(80000))})),
      MissingReason::too_large);
}

TEST_F(Parser, ReadsAnSslV2HelloAndWhatFollows) {
  const ByteVector body = ByteWriter()
                              .u8(1)
                              .u16(0x0301)
                              .u16(6)
                              .u16(0)
                              .u16(16)
                              .bytes(ByteVector{0, 0, 0x39, 1, 0, 0x80})
                              .fill(16, 7)
                              .out();
  const ByteVector hello = ByteWriter().u16(0x8000 | body.size()).bytes(body).out();
  const ParsedSession got = parse(joined({hello, handshake({certificate(90)})}), answer_flight());
  EXPECT_TRUE(got.observation.complete());
  EXPECT_FALSE(got.observation.hello);
  ASSERT_TRUE(got.observation.sslv2_hello);
  EXPECT_EQ(got.observation.sslv2_hello->cipher_specs, (std::vector<uint32_t>{0x39, 0x010080}));
  EXPECT_EQ(got.client_certs.size(), 2u);
}

TEST_F(Parser, DoesNotCallForeignBytesTls) {
  EXPECT_FALSE(parse(ByteVector{'G', 'E', 'T', ' ', '/', ' '}, {}).is_tls);
  EXPECT_FALSE(parse({}, {}).is_tls);
  EXPECT_TRUE(parse(first(handshake({hello_with()}), 40), {}).is_tls);
}

TEST(MissingReason, HasANameEach) {
  for (int i = 0; i < static_cast<int>(MissingReason::count_); ++i)
    EXPECT_FALSE(name_of(static_cast<MissingReason>(i)).empty());
}

}  // namespace
}  // namespace tls
