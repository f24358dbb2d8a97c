// SPDX-License-Identifier: Apache-2.0
// DTLS datagrams that were lost, came twice, or in another order, and those that are cut anew when
// they are said again: OpenSSL's server in memory, whose certificates are known.
#include "tests/unit/tls/probe/dtls_memory_server.hpp"
#include "tests/unit/tls/probe/made_certificates.hpp"
#include "tests/unit/tls/probe/shared_keys.hpp"
#include "tls/probe/datagram_conversation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>

namespace tls::probe {
namespace {

using Datagrams = tests::DtlsMemoryServer::Datagrams;
using tests::Der;
using tests::DtlsMemoryServer;
using tests::made_certificates;

const std::vector<std::string> kChain{"ec", "big3", "big0", "big7", "big5"};

DtlsMemoryServer::Wish big_server() {
  static const std::string file = made_certificates().chain(kChain);
  return {made_certificates().certificate("ec"), made_certificates().key("ec"), file};
}

std::vector<Der> big_certificates() {
  std::vector<Der> out;
  for (const std::string& name : kChain)
    out.push_back(made_certificates().der(name));
  return out;
}

// std::shuffle may differ between libraries; this one does not.
void permute(Datagrams& datagrams, std::minstd_rand& random) {
  for (size_t i = datagrams.size(); i > 1; --i)
    std::swap(datagrams[i - 1], datagrams[random() % i]);
}

void hear_all(DatagramConversation& conversation, const Datagrams& datagrams) {
  for (const auto& datagram : datagrams)
    if (!conversation.finished()) (void)conversation.heard(datagram);
}

void expect_all(DatagramConversation& conversation) {
  ASSERT_TRUE(conversation.finished());
  const TlsResult result = conversation.take_result();
  EXPECT_EQ(name_of(result.refusal), "none");
  EXPECT_EQ(result.certs, big_certificates());
}

TEST(DtlsDatagrams, ComeInAnyOrder) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    DtlsMemoryServer server(big_server());
    const auto conversation = make_dtls_conversation({Probe::dtls}, shares());
    Datagrams flight = server.answer(conversation->first_datagram());
    ASSERT_GT(flight.size(), 10u);
    std::minstd_rand random(seed);
    permute(flight, random);
    hear_all(*conversation, flight);
    expect_all(*conversation);
  }
}

TEST(DtlsDatagrams, ComeTwice) {
  DtlsMemoryServer server(big_server());
  const auto conversation = make_dtls_conversation({Probe::dtls}, shares());
  Datagrams flight = server.answer(conversation->first_datagram());
  const Datagrams again = flight;
  flight.insert(flight.end(), again.begin(), again.end());
  std::minstd_rand random(7);
  permute(flight, random);
  hear_all(*conversation, flight);
  expect_all(*conversation);
}

// The second flight is cut otherwise: its fragments overlap those of the first.
TEST(DtlsDatagrams, ThatWereLostAreSaidAgain) {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    DtlsMemoryServer server(big_server());
    const auto conversation = make_dtls_conversation({Probe::dtls}, shares());
    std::minstd_rand random(seed);
    Datagrams flight = server.answer(conversation->first_datagram());
    const size_t sent = flight.size();
    std::erase_if(flight, [&](const auto&) { return random() % 3 == 0; });
    flight.erase(flight.begin());
    ASSERT_LT(flight.size(), sent);
    hear_all(*conversation, flight);
    EXPECT_FALSE(conversation->finished());
    Datagrams again = server.say_again(450);
    ASSERT_NE(again.size(), sent);
    permute(again, random);
    hear_all(*conversation, again);
    expect_all(*conversation);
  }
}

TEST(DtlsDatagrams, KeepTheCertificatesThoughTheEndIsLost) {
  DtlsMemoryServer server(big_server());
  const auto conversation = make_dtls_conversation({Probe::dtls}, shares());
  Datagrams flight = server.answer(conversation->first_datagram());
  constexpr size_t kServerHelloDoneBytes = 13 + 12;  // the headers of record and message
  flight.back().resize(flight.back().size() - kServerHelloDoneBytes);
  hear_all(*conversation, flight);
  EXPECT_FALSE(conversation->finished());
  conversation->ended(PeerEnd::timed_out);
  const TlsResult result = conversation->take_result();
  EXPECT_EQ(name_of(result.refusal), "timed_out");
  EXPECT_EQ(result.reached, Reached::certificate);
  EXPECT_EQ(result.certs, big_certificates());
}

// A stranger's bytes between the server's: anybody can send a datagram with a forged address.
TEST(DtlsDatagrams, OfAStrangerArePassedOver) {
  DtlsMemoryServer server(big_server());
  const auto conversation = make_dtls_conversation({Probe::dtls}, shares());
  const Datagrams flight = server.answer(conversation->first_datagram());
  std::minstd_rand random(3);
  for (const auto& datagram : flight) {
    if (conversation->finished()) break;
    (void)conversation->heard(datagram);
    std::vector<uint8_t> noise(1 + random() % 100, 0xff);
    (void)conversation->heard(noise);
    std::vector<uint8_t> cut(datagram.begin(), datagram.begin() + 20);
    (void)conversation->heard(cut);
  }
  expect_all(*conversation);
}

std::vector<uint8_t> verify_request(uint8_t cookie) {
  // RFC 6347 section 4.2.1: record, handshake header, server_version, a cookie of one byte.
  return {22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0,    0,    16, 3,     0,
          0,  4,    0,    0, 0, 0, 0, 0, 0, 4, 0xfe, 0xff, 1,  cookie};
}

TEST(DtlsDatagrams, WithAStaleCookieAreAnsweredAgainButNotForever) {
  const auto conversation = make_dtls_conversation({Probe::dtls}, shares());
  std::vector<std::vector<uint8_t>> said;
  for (uint8_t cookie = 0; cookie < 4; ++cookie) {
    const DatagramStep step = conversation->heard(verify_request(cookie));
    ASSERT_EQ(step.kind, DatagramStep::Kind::send);
    ASSERT_EQ(step.datagrams.size(), 1u);
    const std::vector<uint8_t>& hello = step.datagrams.front();
    // Behind the headers (13 and 12), the version, the random and no session id.
    constexpr size_t kCookieAt = 13 + 12 + 2 + 32 + 1;
    ASSERT_GT(hello.size(), kCookieAt + 1);
    EXPECT_EQ(hello[kCookieAt], 1);
    EXPECT_EQ(hello[kCookieAt + 1], cookie);
    EXPECT_EQ(hello[13 + 5], 1);       // message_seq
    EXPECT_EQ(hello[10], cookie + 1);  // the record's number is new each time
  }
  EXPECT_EQ(conversation->heard(verify_request(9)).kind, DatagramStep::Kind::wait);
  conversation->ended(PeerEnd::timed_out);
  EXPECT_EQ(name_of(conversation->take_result().refusal), "unexpected");
}

// Prints a figure; fails only where it is absurd.
TEST(DtlsDatagrams, CostOfAConversation) {
  using Clock = std::chrono::steady_clock;
  constexpr int kRuns = 200;
  Clock::duration total{};
  for (int i = -1; i < kRuns; ++i) {  // the first one fetches algorithms and is not counted
    DtlsMemoryServer server(
        {made_certificates().certificate("ec"), made_certificates().key("ec"), {}, 1200});
    auto begin = Clock::now();
    const auto conversation = make_dtls_conversation({Probe::dtls, "www.example.org"}, shares());
    Clock::duration ours = Clock::now() - begin;
    const Datagrams flight = server.answer(conversation->first_datagram());
    begin = Clock::now();
    hear_all(*conversation, flight);
    ours += Clock::now() - begin;
    ASSERT_TRUE(conversation->finished());
    if (i >= 0) total += ours;
  }
  const double us = std::chrono::duration<double, std::micro>(total).count() / kRuns;
  std::printf("%-26s %7.1f us\n", "DTLS 1.2", us);
  EXPECT_LT(us, 50000);
}

}  // namespace
}  // namespace tls::probe
