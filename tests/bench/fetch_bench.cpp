// SPDX-License-Identifier: Apache-2.0
// How many certificates one core fetches: TCP, inquiry and record together, from servers at every
// address behind net_ring; and how many TLS 1.3 flights it decrypts. What servers cost is not
// counted: one thread does all, and a watch runs while the scanner does.
#include "dataplane/eal.hpp"
#include "dataplane/port.hpp"
#include "dataplane/tx_burst.hpp"
#include "tests/bench/canned_servers.hpp"
#include "tests/bench/measure.hpp"
#include "tests/bench/sweep_site.hpp"
#include "tests/support/tls13_server.hpp"
#include "tls/inquiry/scan_round.hpp"
#include "tls/probe/tls_conversation.hpp"

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bench {
namespace {

using flowtable::Bytes;

constexpr uint64_t kHosts = 100'000;
constexpr uint16_t kBurst = 32;

// Adds up stretches.
class Watch {
 public:
  void on() noexcept { running_.emplace(); }
  void off() noexcept {
    const Taken more = running_->taken();
    sum_.seconds += more.seconds;
    sum_.ticks += more.ticks;
  }
  [[nodiscard]] const Taken& sum() const noexcept { return sum_; }

 private:
  std::optional<Stopwatch> running_;
  Taken sum_;
};

struct Counted : tls::ScanSink {
  void accept(tls::ScanDelivery&& delivery) override {
    reports += delivery.reports.size();
    for (const tls::Observation& each : delivery.observations)
      whole += each.certs.size() == 2 ? 1 : 0;
  }
  uint64_t reports = 0;
  uint64_t whole = 0;  // chains
};

// What is sent into a net_ring comes out of it: first the servers hear all of what the scanner
// sent, then the scanner all of what they answered.
class Fetch {
 public:
  Fetch(const dataplane::Port& ring, const CannedServers& servers)
      : ring_(ring),
        servers_(servers),
        tx_({ring.id(), 0, ring.tx_pool()}, counters_),
        sweep_({.in_flight_max = 1 << 20, .connections_max = 8192, .speaks_tls = true}, tx_),
        round_({}, {&sweep_.exchange()}, certificates_, sink_) {
    tls::InquiryWish wish;
    wish.other_certificate = false;
    wish.without_name = false;
    round_.jobs.begin(SweepUnderTest::kJob, wish);
  }

  // False where a chain was not whole, or a host was asked more than once.
  bool run() {
    while (sink_.reports < kHosts) {
      watch_.on();
      // No more than the servers' answers fit into their ring.
      (void)sweep_.round(16);
      tx_.flush();
      watch_.off();
      answer();
      watch_.on();
      receive();
      (void)round_.work();
      watch_.off();
    }
    return sink_.whole == sink_.reports &&
           round_.counters.get(tls::ScanWorkCounter::connections) == sink_.reports;
  }
  [[nodiscard]] uint64_t chains() const { return sink_.whole; }
  [[nodiscard]] const Taken& taken() const { return watch_.sum(); }

 private:
  void answer() {
    std::vector<tests::ByteVector> heard;
    std::array<rte_mbuf*, kBurst> burst;
    while (const uint16_t count = rte_eth_rx_burst(ring_.id(), 0, burst.data(), kBurst)) {
      for (uint16_t i = 0; i < count; ++i) {
        const auto* const begin = rte_pktmbuf_mtod(burst[i], const uint8_t*);
        heard.emplace_back(begin, begin + burst[i]->data_len);
      }
      rte_pktmbuf_free_bulk(burst.data(), count);
    }
    for (const tests::ByteVector& frame : heard)
      servers_.hear(frame, [this](Bytes said) { inject(said); });
  }
  void inject(Bytes frame) {
    rte_mbuf* mbuf = rte_pktmbuf_alloc(ring_.pool().get());
    if (mbuf == nullptr) return;
    std::ranges::copy(frame, reinterpret_cast<uint8_t*>(
                                 rte_pktmbuf_append(mbuf, static_cast<uint16_t>(frame.size()))));
    if (rte_eth_tx_burst(ring_.id(), 0, &mbuf, 1) == 0) rte_pktmbuf_free(mbuf);
  }
  void receive() {
    std::array<rte_mbuf*, kBurst> burst;
    while (const uint16_t count = rte_eth_rx_burst(ring_.id(), 0, burst.data(), kBurst)) {
      for (uint16_t i = 0; i < count; ++i)
        sweep_.take({rte_pktmbuf_mtod(burst[i], const uint8_t*), burst[i]->data_len});
      rte_pktmbuf_free_bulk(burst.data(), count);
    }
  }

  const dataplane::Port& ring_;
  const CannedServers& servers_;
  dataplane::PollCounters counters_;
  dataplane::TxBurst tx_;
  SweepUnderTest sweep_;
  tls::CertificateCache certificates_{1000};
  Counted sink_;
  tls::ScanRound round_;
  Watch watch_;
};

std::unique_ptr<dataplane::Eal> start_eal() {
  dataplane::EalOptions options;
  options.memory_mb = 256;
  options.cores = {static_cast<unsigned>(sched_getcpu())};
  options.file_prefix = "tapseal-bench-" + std::to_string(getpid());
  auto started = dataplane::Eal::start(options);
  return started.ok() ? std::move(started).value() : nullptr;
}

int measure_fetch(const Wanted& wanted) {
  constexpr std::string_view kName = "TLS 1.2 certificates through net_ring";
  if (!wanted.wants(kName)) return 0;
  const std::unique_ptr<dataplane::Eal> eal = start_eal();
  const auto specs = dataplane::parse_port_specs(std::array<std::string, 1>{"net_ring"});
  if (eal == nullptr || !specs.ok()) return 1;
  auto opened = dataplane::open_ports(specs.value(), {.cores = 1, .transmit_port = 0});
  if (!opened.ok()) return 1;
  for (const auto& port : opened.value().ports)
    if (!port->start().ok()) return 1;
  const tests::ByteVector flight = canned_tls12_flight(canned_chain());
  const CannedServers servers([&flight](const dataplane::PacketView&) { return flight; });
  Fetch fetch(*opened.value().ports[0], servers);
  if (!fetch.run()) {
    std::fprintf(stderr, "not every chain is whole, or a host was asked twice\n");
    return 1;
  }
  print_rate(kName, "tapseal", "certificates/core s", static_cast<double>(fetch.chains()),
             fetch.taken());
  return 0;
}

// Hello, key agreement, decryption and messages of one connection, without TCP.
int measure_tls13(const Wanted& wanted) {
  constexpr std::string_view kName = "TLS 1.3 certificates decrypted";
  constexpr int kConversations = 20'000;
  if (!wanted.wants(kName)) return 0;
  const tls::probe::KeyShares keys;
  const tests::ByteVector messages = tls13_messages();
  Watch watch;
  for (int i = 0; i < kConversations; ++i) {
    watch.on();
    tls::probe::TlsConversation conversation({.probe = tls::probe::Probe::b}, keys);
    watch.off();
    tests::Tls13Server server(conversation.first_flight());
    const tests::ByteVector flight =
        tests::joined({server.hello(), server.sealed(tests::kHandshake, messages)});
    watch.on();
    (void)conversation.heard(flight);
    watch.off();
    if (conversation.result().certs.size() == 2) continue;
    std::fprintf(stderr, "TLS 1.3: a chain is not whole\n");
    return 1;
  }
  print_rate(kName, "tapseal", "certificates/core s", kConversations, watch.sum());
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  const bench::Wanted wanted{argc > 1 ? argv[1] : ""};
  bench::stay_on_cpu(1);
  const int failed = bench::measure_tls13(wanted);
  return failed != 0 ? failed : bench::measure_fetch(wanted);
}
