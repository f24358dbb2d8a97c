// SPDX-License-Identifier: Apache-2.0
#include "flowtable/tds_framing.hpp"

#include "tests/support/tls_bytes.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <string>

namespace flowtable {
namespace {

using tests::ByteString;
using tests::join;
using tests::tds_packets;

ByteString unwrapped(const ByteString& stream) {
  ByteString out(stream.size());
  out.resize(unwrap_tds(stream, out));
  return out;
}

// A request for encryption as drivers send it (spec of MS-TDS, section 4.1: PRELOGIN).
ByteString prelogin_options() {
  return {0x12, 0x01, 0x00, 0x2f, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x1a, 0x00,
          0x06, 0x01, 0x00, 0x20, 0x00, 0x01, 0x02, 0x00, 0x21, 0x00, 0x01, 0x03,
          0x00, 0x22, 0x00, 0x04, 0x04, 0x00, 0x26, 0x00, 0x01, 0xff, 0x09, 0x00,
          0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0xb8, 0x0d, 0x00, 0x00, 0x01};
}

TEST(TdsReader, GivesBackWhatWasWrappedAtEveryPacketSize) {
  const ByteString flight = tests::tls12_server(5000);
  for (const size_t packet_bytes : {9u, 10u, 64u, 512u, 4096u, 32767u})
    EXPECT_EQ(unwrapped(tds_packets(flight, packet_bytes)), flight) << packet_bytes;
}

TEST(TdsReader, GivesAsMuchAsHasCome) {
  const ByteString flight = tests::tls13_client();
  const ByteString stream = tds_packets(flight, 100);
  for (size_t size = 0; size <= stream.size(); ++size) {
    const size_t whole = size / 100, rest = size % 100;
    const size_t expected = whole * 92 + (rest > 8 ? rest - 8 : 0);
    EXPECT_EQ(unwrapped(tests::part_of(stream, 0, size)), tests::part_of(flight, 0, expected));
  }
}

TEST(TdsReader, GoesOnInBareRecordsAndEndsAtOtherPackets) {
  const ByteString hello = tests::client_hello(), bulk = tests::application_bytes();
  const ByteString login = {0x10, 0x01, 0x00, 0x09, 0, 0, 0, 0, 22};
  EXPECT_EQ(unwrapped(join({tds_packets(hello), bulk})), join({hello, bulk}));
  EXPECT_EQ(unwrapped(join({tds_packets(hello), login})), hello);
  EXPECT_EQ(unwrapped(join({tds_packets(hello), {0x12, 1, 0, 7, 0, 0, 0, 0, 22}})), hello);
  EXPECT_EQ(unwrapped(join({tds_packets(hello), {0x12, 1, 0x80, 0, 0, 0, 0, 0, 22}})), hello);
  EXPECT_EQ(unwrapped({}), ByteString());
}

TEST(TdsReader, FillsWhatHasRoomAndNoMore) {
  ByteString out(20, 0xee);
  EXPECT_EQ(unwrap_tds(tds_packets(tests::client_hello(), 12), std::span(out).first(15)), 15u);
  EXPECT_TRUE(std::equal(out.begin(), out.begin() + 15, tests::client_hello().begin()));
  EXPECT_EQ(out[15], 0xee);
}

struct TdsCase {
  std::string name;
  ByteString stream;
  ScanVerdict verdict;
  size_t decided_at;
};

std::vector<TdsCase> tds_cases() {
  constexpr ScanVerdict kMore = ScanVerdict::need_more, kDone = ScanVerdict::finished;
  constexpr ScanVerdict kNot = ScanVerdict::not_tls;
  const ByteString client = tds_packets(tests::client_hello());
  const ByteString server = tds_packets(tests::tls12_server(9000), 4096);
  const ByteString bulk = tests::application_bytes(), result = {4, 1, 0, 9, 0, 0, 1, 0, 0xfd};
  const ByteString refused = tds_packets(tests::alert(2, 40));
  return {
      {"hello", client, kMore, client.size()},
      {"hello, bare records", join({client, bulk}), kDone, client.size() + 1},
      {"hello, wrapped records", join({client, tds_packets(bulk)}), kDone, client.size() + 9},
      {"flight over several packets", server, kMore, server.size()},
      {"flight, then login answered in clear", join({server, result}), kDone, server.size() + 1},
      {"packets of one byte", join({tds_packets(tests::server_hello(), 9), bulk}), kDone,
       tests::server_hello().size() * 9 + 1},
      {"alert", refused, kDone, refused.size()},
      {"warning, then hello", join({tds_packets(tests::alert(1, 112), 9), server, result}), kDone,
       7 * 9 + server.size() + 1},
      {"packet of a wrong length", join({client, {0x12, 0, 0, 3, 0, 0, 0, 0}}), kDone,
       client.size() + 8},
      {"options of the first packet", prelogin_options(), kNot, 9},
      {"empty", tds_packets(tests::text("GET /")), kNot, 9},
  };
}

// Every stream whole, and byte by byte: the verdict comes with the same byte.
TEST(TdsScan, DecidesAsSoonAsItCan) {
  for (const TdsCase& row : tds_cases()) {
    SCOPED_TRACE(row.name);
    TdsScan whole, stepwise;
    EXPECT_EQ(whole.advance(row.stream), row.verdict);
    size_t decided_at = row.stream.size();
    for (size_t size = row.stream.size(); size > 0; --size) {
      TdsScan scan;
      if (scan.advance(Bytes(row.stream).first(size)) == row.verdict) decided_at = size;
    }
    if (row.verdict != ScanVerdict::need_more) {
      EXPECT_EQ(decided_at, row.decided_at);
    }
    for (size_t size = 1; size <= row.stream.size(); ++size)
      stepwise.advance(Bytes(row.stream).first(size));
    EXPECT_EQ(stepwise.verdict(), row.verdict);
    EXPECT_EQ(stepwise.saw_hello(), whole.saw_hello());
  }
}

TEST(TdsScan, TellsWhoseHelloItIs) {
  TdsScan client, server;
  client.advance(tds_packets(tests::client_hello(), 9));
  server.advance(tds_packets(tests::server_hello()));
  EXPECT_TRUE(client.saw_client_hello());
  EXPECT_TRUE(server.saw_server_hello());
  EXPECT_FALSE(client.saw_server_hello() || server.saw_client_hello());
}

TEST(TdsScan, KnowsTheStartOfASegment) {
  EXPECT_TRUE(TdsScan::could_start_tls(tds_packets(tests::client_hello())));
  EXPECT_TRUE(TdsScan::could_start_tls(tds_packets(tests::server_hello(), 9)));
  // A driver may write header and body apart.
  EXPECT_TRUE(TdsScan::could_start_tls(tests::part_of(tds_packets(tests::client_hello()), 0, 8)));
  EXPECT_FALSE(TdsScan::could_start_tls(tests::part_of(tds_packets(tests::client_hello()), 0, 7)));
  EXPECT_FALSE(TdsScan::could_start_tls(prelogin_options()));
  EXPECT_FALSE(TdsScan::could_start_tls(tests::client_hello()));
  EXPECT_FALSE(TdsScan::could_start_tls({}));
}

}  // namespace
}  // namespace flowtable
