// SPDX-License-Identifier: Apache-2.0
// The workers' rounds with questions that are asked over UDP, through the rings of a core.
#include "tests/unit/tls/inquiry/datagram_services.hpp"
#include "tests/unit/tls/inquiry/fake_core.hpp"
#include "tests/unit/tls/probe/made_certificates.hpp"
#include "tls/inquiry/scan_round.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace tests {
namespace {

using flowtable::Endpoint;
using flowtable::ScanDial;
using flowtable::ScanEvent;
using flowtable::ScanEventKind;
using flowtable::ScanExchange;
using flowtable::ScanOrder;
using tls::NoTlsReason;
using tls::Transport;

constexpr uint32_t kJob = 7;

class DatagramRound : public testing::Test {
 protected:
  DatagramRound() {
    tls::InquiryWish wish;
    wish.other_certificate = false;
    round_.jobs.begin(kJob, wish);
  }

  void ask(const Endpoint& server, Transport transport) {
    tls::ServiceQuestion question;
    question.job = kJob;
    question.server = server;
    question.transport = transport;
    question.wanted_since = kSeenByTheTap;
    ASSERT_TRUE(round_.jobs.ask(question));
  }
  [[nodiscard]] ScanDial next_dial() {
    (void)round_.work();
    ScanDial dials[1];
    EXPECT_EQ(exchange_.dials.pop(dials), 1u);
    return dials[0];
  }
  void tell(const ScanDial& dial, ScanEventKind kind, flowtable::Bytes bytes) {
    ScanEvent event;
    event.connection = {1, 1};
    event.server = dial.server;
    event.ours = endpoint_of(200, 50000);
    event.token = dial.token;
    event.job = dial.job;
    event.kind = kind;
    event.size = static_cast<uint16_t>(bytes.size());
    std::ranges::copy(bytes, event.bytes.begin());
    ASSERT_TRUE(exchange_.events.push(event));
  }
  [[nodiscard]] std::vector<ScanOrder> orders() {
    (void)round_.work();
    std::vector<ScanOrder> out(64);
    out.resize(exchange_.orders.pop(out));
    return out;
  }
  // The core's part in one conversation, until the workers hang up.
  void converse(const ScanDial& dial, DatagramService& service) {
    const flowtable::Bytes words = flowtable::Bytes(dial.bytes).first(dial.size);
    service.hear(words);
    tell(dial, ScanEventKind::established, words);
    for (bool is_open = true; is_open;) {
      while (const auto said = service.say())
        tell(dial, ScanEventKind::heard, *said);
      const std::vector<ScanOrder> all = orders();
      ASSERT_FALSE(all.empty());
      for (const ScanOrder& each : all) {
        is_open = each.kind == ScanOrder::Kind::send;
        if (is_open) service.hear(flowtable::Bytes(each.bytes).first(each.size));
      }
    }
  }

  tls::CertificateCache certificates_{1000};
  CollectingSink sink_;
  ScanExchange exchange_{ScanExchange::Capacity{}};
  tls::ScanRound round_{{}, {&exchange_}, certificates_, sink_};
};

TEST_F(DatagramRound, DialsByUdp) {
  ask(endpoint_of(1, 4433), Transport::dtls);
  const ScanDial dial = next_dial();
  EXPECT_TRUE(dial.udp);
  EXPECT_EQ(dial.job, kJob);
  EXPECT_EQ(dial.server, endpoint_of(1, 4433));
  EXPECT_EQ(dial.bytes[0], 22);  // a handshake record
  const DatagramServicePtr server = dtls_datagrams("ec")();
  converse(dial, *server);
  ASSERT_EQ(sink_.observations.size(), 1u);
  EXPECT_EQ(sink_.observations[0].certs.at(0)->der, made_certificates().der("ec"));
  EXPECT_EQ(sink_.observations[0].wanted_since, kSeenByTheTap);
  ASSERT_EQ(sink_.reports.size(), 1u);
  EXPECT_TRUE(sink_.reports[0].has_tls());
  EXPECT_EQ(sink_.reports[0].transport, Transport::dtls);
}

TEST_F(DatagramRound, DialsQuicWithOneInitialPacket) {
  ask(endpoint_of(1, 443), Transport::quic);
  const ScanDial dial = next_dial();
  EXPECT_TRUE(dial.udp);
  EXPECT_EQ(dial.size, 1200u);  // RFC 9000 section 14.1
  EXPECT_EQ(dial.bytes[0] & 0xf0, 0xc0);
}

TEST_F(DatagramRound, RemembersOverTcpSinceWhenItWasWanted) {
  FakeCore core(exchange_, [](const Endpoint&) { return tls_service({.keys = {"rsa"}})(); });
  ask(endpoint_of(1, 443), Transport::tcp);
  while (sink_.reports.empty()) {
    (void)round_.work();
    (void)core.step();
  }
  ASSERT_EQ(sink_.observations.size(), 1u);
  EXPECT_EQ(sink_.observations[0].wanted_since, kSeenByTheTap);
}

// What speaks DTLS does not make a middlebox in front of it a server.
TEST_F(DatagramRound, SaysNothingOfMiddleboxes) {
  ask(endpoint_of(1, 4433), Transport::dtls);
  const DatagramServicePtr server = dtls_datagrams("ec")();
  converse(next_dial(), *server);
  FakeCore core(exchange_, [](const Endpoint&) { return talker("", "")(); });
  for (uint16_t port = 8000; port < 8010; ++port)
    core.open(kJob, endpoint_of(1, port));
  while (sink_.reports.size() < 11) {
    (void)round_.work();
    (void)core.step();
  }
  EXPECT_EQ(std::ranges::count(sink_.reports, NoTlsReason::false_open, &tls::ServiceReport::no_tls),
            10);
}

}  // namespace
}  // namespace tests
