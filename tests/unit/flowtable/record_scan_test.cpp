// SPDX-License-Identifier: Apache-2.0
#include "flowtable/record_scan.hpp"

#include "tests/support/tls_bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace flowtable {
namespace {

using tests::ByteString;
using tests::join;

struct RecordCase {
  std::string name;
  ByteString stream;
  ScanVerdict verdict;
  size_t decided_at;  // bytes after which the verdict is there; the stream's size for need_more
  bool broken = false;
  bool in_early_data = false;
};

ByteString second_half_of_post_handshake() {
  return join({tests::application_bytes(), tests::application_bytes()});
}

std::vector<RecordCase> record_cases() {
  constexpr ScanVerdict kMore = ScanVerdict::need_more;
  constexpr ScanVerdict kDone = ScanVerdict::finished;
  constexpr ScanVerdict kNot = ScanVerdict::not_tls;
  const ByteString hello = tests::client_hello();
  const ByteString answer = tests::server_hello();
  const ByteString early = tests::early_data_hello();
  const ByteString ccs = tests::change_cipher_spec();
  const ByteString bulk = second_half_of_post_handshake();
  const ByteString client12 = tests::tls12_client();
  const ByteString server12 = tests::tls12_server();
  const ByteString client13 = tests::tls13_client();
  const ByteString server13 = tests::tls13_server();
  const ByteString retry_client = join({hello, ccs, hello});
  const ByteString retry_server = join({answer, ccs, answer});
  const ByteString early_retry = join({early, ccs, bulk, early});
  const ByteString refused = join({answer, tests::alert(2, 40)});
  return {
      {"one hello", hello, kMore, hello.size()},
      // An encrypted record after ChangeCipherSpec is told from a hello by four bytes.
      {"tls 1.2 client", join({client12, bulk}), kDone, client12.size() - 36},
      {"tls 1.2 server", join({server12, bulk}), kDone, server12.size() - 36},
      {"tls 1.2 server waits", tests::part_of(server12, 0, server12.size() - 51), kMore,
       server12.size() - 51},
      // Application data needs no more than its header.
      {"tls 1.3 client", join({client13, bulk}), kDone, client13.size() - 53},
      {"tls 1.3 server", join({server13, bulk}), kDone, server13.size() - 900},
      {"tls 1.3 server without ccs", join({answer, bulk}), kDone, answer.size() + 5},
      {"retry, client", join({retry_client, bulk}), kDone, retry_client.size() + 5},
      {"retry, server", join({retry_server, bulk}), kDone, retry_server.size() + 5},
      {"retry, server's second ccs", join({retry_server, ccs, bulk}), kDone,
       retry_server.size() + 6 + 5},
      {"early data", join({early, ccs, bulk}), kMore, early.size() + 6 + bulk.size(), false, true},
      {"early data, then retry", join({early_retry, bulk}), kDone, early_retry.size() + 5},
      {"early data, then finished", join({early, bulk, tests::encrypted_finished()}), kDone,
       early.size() + bulk.size() + 9, false, true},
      {"fatal alert after hello", join({refused, bulk}), kDone, refused.size()},
      {"fatal alert at once", join({tests::alert(2, 40), bulk}), kDone, 7},
      {"warning alert first", join({tests::alert(1, 112), server13}), kDone,
       7 + server13.size() - 900},
      {"encrypted alert", join({client12, tests::tls_record(21, ByteString(26, 9))}), kDone,
       client12.size() - 36},
      {"heartbeat", join({answer, tests::tls_record(24, {1, 0x40, 0})}), kDone, answer.size() + 5},
      {"unknown type", join({hello, tests::tls_record(99, {1})}), kDone, hello.size() + 5, true},
      {"bad version", join({hello, {22, 9, 9, 0, 1, 1}}), kDone, hello.size() + 5, true},
      {"too long a record", join({hello, {22, 3, 3, 0x48, 1, 1}}), kDone, hello.size() + 5, true},
      {"empty handshake record", join({hello, {22, 3, 3, 0, 0, 1}}), kDone, hello.size() + 5, true},
      {"long ccs", join({hello, tests::tls_record(20, {1, 1})}), kDone, hello.size() + 5, true},
      {"sslv2 hello, tls answer", join({tests::sslv2_client_hello(), ccs, bulk}), kDone,
       tests::sslv2_client_hello().size() + 6 + 5},
      {"sslv2 hello, sslv2 goes on", join({tests::sslv2_client_hello(), {0x80, 9, 2, 1, 1}}), kDone,
       tests::sslv2_client_hello().size() + 5},
      {"sslv2 server", join({tests::sslv2_server_hello(), {0x80, 9, 2, 1, 1}}), kDone,
       tests::sslv2_server_hello().size()},
      {"http", {'G', 'E', 'T', ' '}, kNot, 1},
      {"wrong major version", {22, 2, 0, 0, 80}, kNot, 2},
      {"wrong minor version", {22, 3, 5, 0, 80}, kNot, 3},
      {"record too long", {22, 3, 1, 0x49, 0}, kNot, 4},
      {"other handshake message", {22, 3, 1, 0, 80, 11, 0, 0, 76}, kNot, 6},
      {"hello too long", {22, 3, 1, 0, 80, 1, 2, 0, 0}, kNot, 7},
      {"hello too short", {22, 3, 1, 0, 80, 1, 0, 0, 9}, kNot, 9},
      {"sslv2 lengths do not add up", {0x80, 40, 1, 3, 1, 0, 6, 0, 0, 0, 16}, kNot, 11},
  };
}

void expect_verdict(const RecordScan& scan, const RecordCase& row) {
  EXPECT_EQ(scan.verdict(), row.verdict) << row.name;
  EXPECT_EQ(scan.broken(), row.broken) << row.name;
  EXPECT_EQ(scan.in_early_data(), row.in_early_data) << row.name;
}

TEST(RecordScan, JudgesWholeStreams) {
  for (const RecordCase& row : record_cases()) {
    RecordScan scan;
    scan.advance(row.stream);
    expect_verdict(scan, row);
  }
}

TEST(RecordScan, DecidesAtTheEarliestByte) {
  for (const RecordCase& row : record_cases()) {
    RecordScan scan;
    size_t decided_at = row.stream.size();
    for (size_t size = 1; size <= row.stream.size(); ++size) {
      if (scan.advance(Bytes(row.stream).first(size)) == ScanVerdict::need_more) continue;
      decided_at = size;
      break;
    }
    EXPECT_EQ(decided_at, row.decided_at) << row.name;
  }
}

TEST(RecordScan, GivesTheSameVerdictWhereverTheStreamIsSplit) {
  for (const RecordCase& row : record_cases()) {
    for (size_t split = 0; split <= row.stream.size(); ++split) {
      RecordScan scan;
      scan.advance(Bytes(row.stream).first(split));
      scan.advance(row.stream);
      expect_verdict(scan, row);
    }
  }
}

TEST(RecordScan, TellsClientFromServer) {
  const auto scan_of = [](const ByteString& stream) {
    RecordScan scan;
    scan.advance(stream);
    return scan;
  };
  EXPECT_TRUE(scan_of(tests::tls13_client()).saw_client_hello());
  EXPECT_FALSE(scan_of(tests::tls13_client()).saw_server_hello());
  EXPECT_TRUE(scan_of(tests::tls13_server()).saw_server_hello());
  EXPECT_TRUE(scan_of(tests::sslv2_client_hello()).saw_client_hello());
  EXPECT_TRUE(scan_of(tests::sslv2_server_hello()).saw_server_hello());
  EXPECT_FALSE(scan_of({22, 3, 1, 0, 80}).saw_hello());
  EXPECT_FALSE(scan_of(tests::alert(2, 40)).saw_hello());
}

TEST(RecordScan, FollowsAHelloCutIntoTinyRecords) {
  const ByteString message = tests::handshake_message(1, 100);
  ByteString stream;
  for (const uint8_t byte : message)
    stream = join({stream, tests::tls_record(22, {byte})});
  RecordScan scan;
  EXPECT_EQ(scan.advance(stream), ScanVerdict::need_more);
  EXPECT_TRUE(scan.saw_client_hello());
  EXPECT_EQ(scan.advance(join({stream, tests::application_bytes()})), ScanVerdict::finished);
}

// The scan may not look back: what it has passed can be anything by now.
TEST(RecordScan, NeverReadsBytesItHasPassed) {
  const ByteString stream = join({tests::tls12_server(), tests::application_bytes()});
  const size_t half = stream.size() / 2;
  RecordScan scan;
  ASSERT_EQ(scan.advance(Bytes(stream).first(half)), ScanVerdict::need_more);
  ByteString scribbled = stream;
  std::fill(scribbled.begin(), scribbled.begin() + static_cast<std::ptrdiff_t>(half), uint8_t{0});
  EXPECT_EQ(scan.advance(scribbled), ScanVerdict::finished);
  EXPECT_FALSE(scan.broken());
}

TEST(RecordScan, EarlyDecisionAcceptsEveryPrefixOfAHello) {
  for (const ByteString& hello :
       {tests::client_hello(), tests::server_hello(), tests::sslv2_client_hello()}) {
    EXPECT_FALSE(RecordScan::could_start_tls({}));
    for (size_t size = 1; size <= hello.size(); ++size)
      EXPECT_TRUE(RecordScan::could_start_tls(Bytes(hello).first(size)));
  }
  EXPECT_FALSE(RecordScan::could_start_tls(tests::alert(2, 40)));
  EXPECT_FALSE(RecordScan::could_start_tls(tests::application_bytes()));
}

TEST(RecordScan, FindsAHelloBehindAnotherProtocol) {
  const ByteString before = {'P', 'R', 'O', 'X', 'Y', 22, 3, 1, ' ', 22, '\r', '\n'};
  EXPECT_EQ(RecordScan::find_hello(join({before, tests::client_hello()})), before.size());
  EXPECT_EQ(RecordScan::find_hello(tests::client_hello()), 0);
  EXPECT_EQ(RecordScan::find_hello(before), std::nullopt);
  const ByteString cut = tests::part_of(tests::client_hello(), 0, RecordScan::kSureBytes - 1);
  EXPECT_EQ(RecordScan::find_hello(join({before, cut})), std::nullopt);
}

TEST(RecordScan, KnowsAnAlertInClear) {
  EXPECT_TRUE(RecordScan::begins_with_alert(tests::alert(2, 40)));
  EXPECT_TRUE(RecordScan::begins_with_alert(join({tests::alert(1, 112), tests::server_hello()})));
  EXPECT_FALSE(RecordScan::begins_with_alert(tests::part_of(tests::alert(2, 40), 0, 4)));
  EXPECT_FALSE(RecordScan::begins_with_alert(tests::tls_record(21, ByteString(26, 9))));
  EXPECT_FALSE(RecordScan::begins_with_alert(tests::server_hello()));
}

}  // namespace
}  // namespace flowtable
