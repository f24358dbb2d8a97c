// SPDX-License-Identifier: Apache-2.0
// The table of protocols, what speaks first, and SQL Server's packets.
#include "tests/support/tls_bytes.hpp"
#include "tests/unit/tls/probe_peer.hpp"
#include "tls/match/dialogue.hpp"
#include "tls/probe/recognise.hpp"
#include "tls/probe/tds_tunnel.hpp"

#include <set>

namespace {

using tests::raw;
using tls::probe::protocol_named;
using tls::probe::protocol_of_port;
using tls::probe::recognise;

// The tap and the scanner speak of the same dialogues, in the same words.
TEST(StarttlsTable, HasTheTapsNamesAndPorts) {
  size_t count = 0;
  for (const tls::Dialogue& seen : tls::dialogues()) {
    if (seen.carries) continue;
    ++count;
    const auto* row = protocol_named(seen.name);
    ASSERT_NE(row, nullptr) << seen.name;
    EXPECT_TRUE(
        std::equal(row->ports.begin(), row->ports.end(), seen.ports.begin(), seen.ports.end()))
        << seen.name;
    EXPECT_FALSE(row->help.empty());
  }
  EXPECT_EQ(tls::probe::starttls_protocols().size(), count);
  EXPECT_EQ(protocol_named("http-connect"), nullptr);
}

TEST(StarttlsTable, FindsTheProtocolOfAPort) {
  EXPECT_EQ(protocol_of_port(587)->name, "smtp");
  EXPECT_EQ(protocol_of_port(3268)->name, "ldap");
  EXPECT_EQ(protocol_of_port(5906)->name, "vnc");
  EXPECT_EQ(protocol_of_port(443), nullptr);
  EXPECT_EQ(protocol_of_port(0), nullptr);
  EXPECT_EQ(protocol_of_port(5432)->direct_alpn, "postgresql");
  EXPECT_EQ(protocol_of_port(1433)->direct_alpn, "tds/8.0");
}

TEST(StarttlsTable, TheSetTlsIsEveryPortOnce) {
  const auto all = tls::probe::tls_ports();
  std::set<uint16_t> expected(tls::probe::direct_tls_ports().begin(),
                              tls::probe::direct_tls_ports().end());
  for (const auto& row : tls::probe::starttls_protocols()) {
    expected.insert(row.ports.begin(), row.ports.end());
  }
  EXPECT_TRUE(std::equal(all.begin(), all.end(), expected.begin(), expected.end()));
  for (const int port : {443, 465, 636, 853, 993, 995, 3269, 5061, 8883, 16379, 25, 3306}) {
    EXPECT_TRUE(expected.contains(static_cast<uint16_t>(port))) << port;
  }
  EXPECT_FALSE(expected.contains(80));
}

TEST(Recognise, TellsWhoSpeaksFirst) {
  struct Case {
    std::string_view words, name;
    uint16_t port = 9999;
  };
  const Case cases[] = {
      {"220 mx.test ESMTP Postfix\r\n", "smtp"},
      {"220 ready\r\n", "smtp"},
      {"220 ready\r\n", "ftp", 21},
      {"220 ready\r\n", "lmtp", 24},
      {"220 ready\r\n", "smtp", 587},
      {"220 ready\r\n", "smtp", 110},
      {"220 (vsFTPd 3.0.3)\r\n", "ftp"},
      {"220-hi\r\n220 ProFTPD Server\r\n", "ftp"},
      {"220 box.test Dovecot LMTP\r\n", "lmtp"},
      {"421 too many connections\r\n", "ftp", 21},
      {"421 too many connections\r\n", "nntp", 119},
      {"554 no mail here\r\n", "smtp"},
      {"200 news.test ready\r\n", "nntp"},
      {"201 no posting\r\n", "nntp", 25},
      {"230 in\r\n", ""},
      {"22", ""},
      {"2200 x", ""},
      {"+OK ready\r\n", "pop3"},
      {"-ERR busy\r\n", "pop3"},
      {"* OK IMAP4rev1\r\n", "imap"},
      {"* BYE\r\n", "imap"},
      {"\"IMPLEMENTATION\" \"Dovecot\"\r\n", "sieve"},
      {":irc.test NOTICE * :hi\r\n", "irc"},
      {"NOTICE AUTH :hi\r\n", "irc"},
      {":what\r\n", ""},
      {"RFB 003.008\n", "vnc"},
      {"SSH-2.0-OpenSSH_9.2\r\n", "ssh"},
      {"HTTP/1.1 408 Request Timeout\r\n", "http"},
      {"<!doctype html>", "http"},
      {"<?xml version='1.0'?><stream:stream ", "xmpp"},
      {raw("\xff\xfd\x18"), "telnet"},
      {raw("\xff\xd8\xff"), ""},
      {raw("\x15\x03\x01\x00\x02\x02\x28"), "tls-alert"},
      {raw("\x16\x03\x03\x00\x7a"), "tls"},
      {raw("\x16\x04\x03\x00\x7a"), ""},
      {raw("\x15\x03"), ""},
      {tests::kMysqlGreeting, "mysql"},
      {raw("\x47\x00\x00\x00\xffj\x04Host"), "mysql"},
      {"", ""},
      {"hello\r\n", ""},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(recognise(tests::bytes_of(each.words), each.port), each.name)
        << each.words << " on port " << each.port;
  }
}

TEST(Recognise, TheFirstWordsOfEveryServerThatSpeaksFirstTellIt) {
  for (const tests::ProbeScript& script : tests::agreed_scripts()) {
    const auto* row = protocol_named(script.protocol);
    if (row->first != tls::probe::Speaker::server || script.turns[0].bytes.starts_with("120")) {
      continue;
    }
    EXPECT_EQ(recognise(tests::bytes_of(script.turns[0].bytes), row->ports[0]), script.protocol)
        << script.name;
  }
}

TEST(TdsTunnel, WrapsAsThePacketsOfAnIndependentWriter) {
  const auto hello = tests::client_hello();
  const auto large = tests::tls12_server(20000);
  auto dialogue = tls::probe::make_mssql({});
  auto wrapped = dialogue->wrap(hello);
  auto expected = tests::tds_packets(hello);
  ASSERT_EQ(wrapped.size(), hello.size() + 8);
  wrapped[6] = expected[6];  // the packet's number, which nobody looks at
  EXPECT_EQ(wrapped, expected);
  std::vector<uint8_t> back;
  EXPECT_TRUE(dialogue->unwrap(dialogue->wrap(large), back));
  EXPECT_EQ(back, large);
  EXPECT_TRUE(dialogue->wrap({}).empty());
}

TEST(TdsTunnel, UnwrapsInAnyPieces) {
  const auto flight = tests::tls12_server(5000);
  auto stream = tests::tds_packets(flight, 512);
  const auto bare = tests::application_bytes();
  stream.insert(stream.end(), bare.begin(), bare.end());
  auto expected = flight;
  expected.insert(expected.end(), bare.begin(), bare.end());
  for (const size_t piece : {size_t{1}, size_t{7}, size_t{511}, stream.size()}) {
    tls::probe::TdsTunnel tunnel;
    std::vector<uint8_t> tls;
    for (size_t at = 0; at < stream.size(); at += piece) {
      const flowtable::Bytes rest = flowtable::Bytes(stream).subspan(at);
      EXPECT_TRUE(tunnel.unwrap(rest.first(std::min(piece, rest.size())), tls));
    }
    EXPECT_EQ(tls, expected) << piece;
  }
}

TEST(TdsTunnel, WhatIsNoPacketBreaksIt) {
  for (const std::string_view wrong : {raw("\x01\x01\x00\x10"), raw("\x12\x01\x00\x07\x00\x00\x01"
                                                                    "\x00")}) {
    tls::probe::TdsTunnel tunnel;
    std::vector<uint8_t> tls;
    EXPECT_FALSE(tunnel.unwrap(tests::bytes_of(wrong), tls));
    EXPECT_FALSE(tunnel.unwrap(tests::bytes_of("\x17\x03\x03"), tls));
    EXPECT_TRUE(tls.empty());
  }
}

TEST(TdsTunnel, OthersTravelAsTheyAre) {
  const auto hello = tests::client_hello();
  for (const auto& row : tls::probe::starttls_protocols()) {
    if (row.name == "mssql") continue;
    auto dialogue = row.make(tests::kProbeNames);
    std::vector<uint8_t> tls{1};
    EXPECT_EQ(dialogue->wrap(hello), hello);
    EXPECT_TRUE(dialogue->unwrap(hello, tls));
    EXPECT_EQ(tls.size(), hello.size() + 1);
  }
}

}  // namespace
