// SPDX-License-Identifier: Apache-2.0
#include "flowtable/stream_scan.hpp"

#include "tests/support/tls_bytes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flowtable {
namespace {

using tests::ByteString;
using tests::join;
using tests::text;
using Protocol = StreamScan::Protocol;

// RFC 4253 section 6: length, padding length, message, and as many bytes as make `length`.
ByteString ssh_packet(uint8_t message, uint8_t length) {
  return join({{0, 0, 0, length, 4, message}, ByteString(length - 2u, 7)});
}

struct SshCase {
  std::string name;
  ByteString stream;
  ScanVerdict verdict;
  size_t decided_at;  // bytes after which the verdict is there
};

std::vector<SshCase> ssh_cases() {
  constexpr ScanVerdict kMore = ScanVerdict::need_more, kDone = ScanVerdict::finished;
  constexpr ScanVerdict kNot = ScanVerdict::not_tls;
  const ByteString line = text("SSH-2.0-x y\r\n"), kex = ssh_packet(20, 60);
  const ByteString more(30, 0xff), ignore = ssh_packet(2, 30);
  const size_t whole = line.size() + kex.size();
  return {
      {"version 2", join({line, kex, more}), kDone, whole},
      {"version 1.99", join({text("SSH-1.99-x\n"), kex, more}), kDone, 11 + kex.size()},
      {"version 1.5", join({text("SSH-1.5-x\n"), kex}), kDone, 10},
      {"no KEXINIT yet", line, kMore, line.size()},
      {"ignored packets", join({line, ignore, ignore, kex}), kDone, whole + 2 * ignore.size()},
      {"disconnect", join({line, ssh_packet(1, 20), kex}), kDone, line.size() + 6},
      {"another message", join({line, ssh_packet(21, 20), kex}), kDone, line.size() + 6},
      {"no packet", join({line, {0, 0, 0, 1, 0, 20}}), kDone, line.size() + 4},
      {"huge packet", join({line, {0, 1, 0, 0, 0, 20}}), kDone, line.size() + 4},
      {"other words", text("SSL is another thing\r\n"), kNot, 3},
      {"line without end", join({text("SSH-2.0-"), ByteString(2000, 'x')}), kNot, 1025},
      {"16 KiB", join({line, ByteString({0, 0, 0x80, 0, 4, 20}), ByteString(20000, 1)}), kDone,
       16 * 1024},
  };
}

TEST(SshScan, DecidesAsSoonAsItCan) {
  for (const SshCase& row : ssh_cases()) {
    SCOPED_TRACE(row.name);
    StreamScan whole(true), stepwise(true);
    EXPECT_EQ(whole.advance(row.stream), row.verdict);
    size_t decided_at = row.stream.size();
    for (size_t size = 1; size <= row.stream.size(); ++size) {
      const ScanVerdict verdict = stepwise.advance(Bytes(row.stream).first(size));
      if (verdict == row.verdict && size < decided_at) decided_at = size;
    }
    EXPECT_EQ(stepwise.verdict(), row.verdict);
    EXPECT_EQ(stepwise.protocol(), Protocol::ssh);
    EXPECT_EQ(stepwise.is_proved(), whole.is_proved());
    EXPECT_EQ(whole.is_proved(), row.verdict != ScanVerdict::not_tls);
    if (row.verdict != ScanVerdict::need_more) {
      EXPECT_EQ(decided_at, row.decided_at);
    }
  }
}

TEST(SshScan, BearsLinesBeforeWhereThePeerHasProved) {
  const ByteString lines = text("hello\r\nSSH is spoken here\r\n");
  const ByteString all = join({lines, text("SSH-2.0-x\r\n"), ssh_packet(20, 40)});
  StreamScan strict(true), known = StreamScan::of_ssh();
  EXPECT_EQ(strict.advance(all), ScanVerdict::not_tls);
  EXPECT_EQ(known.advance(all), ScanVerdict::finished);
  StreamScan endless = StreamScan::of_ssh();
  ByteString chatter;
  while (chatter.size() < 20000)
    chatter = join({chatter, text("words and words and more of them\r\n")});
  EXPECT_EQ(endless.advance(chatter), ScanVerdict::not_tls);
}

TEST(StreamScan, ChoosesByTheFirstByte) {
  const auto protocol_of = [](const ByteString& stream, bool may_be_ssh) {
    StreamScan scan(may_be_ssh);
    scan.advance(stream);
    return scan.protocol();
  };
  EXPECT_EQ(protocol_of(tests::client_hello(), true), Protocol::records);
  EXPECT_EQ(protocol_of(tests::sslv2_client_hello(), true), Protocol::records);
  EXPECT_EQ(protocol_of(tests::tds_packets(tests::client_hello()), false), Protocol::tds);
  EXPECT_EQ(protocol_of(text("SSH-2.0-x\r\n"), true), Protocol::ssh);
  EXPECT_EQ(protocol_of(text("SSH-2.0-x\r\n"), false), Protocol::records);
  EXPECT_EQ(protocol_of({}, true), Protocol::undecided);
}

TEST(StreamScan, SaysWhoseHelloItIs) {
  StreamScan client, server, wrapped;
  client.advance(tests::client_hello());
  server.advance(tests::server_hello());
  wrapped.advance(tests::tds_packets(tests::server_hello(), 20));
  EXPECT_TRUE(client.saw_client_hello() && client.is_proved());
  EXPECT_TRUE(server.saw_server_hello() && server.is_proved());
  EXPECT_TRUE(wrapped.saw_server_hello() && wrapped.is_proved());
  EXPECT_FALSE(client.saw_server_hello() || server.saw_client_hello());
}

TEST(StreamScan, KnowsWhatASegmentMayBegin) {
  EXPECT_TRUE(StreamScan::could_start(text("SSH-"), true));
  EXPECT_TRUE(StreamScan::could_start(text("S"), true));
  EXPECT_FALSE(StreamScan::could_start(text("SSH-"), false));
  EXPECT_FALSE(StreamScan::could_start(text("SSL-"), true));
  EXPECT_TRUE(StreamScan::could_start(tests::client_hello(), false));
  EXPECT_TRUE(StreamScan::could_start(tests::tds_packets(tests::client_hello()), false));
}

}  // namespace
}  // namespace flowtable
