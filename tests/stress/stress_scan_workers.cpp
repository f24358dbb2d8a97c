// SPDX-License-Identifier: Apache-2.0
// The scanner's workers between two cores and a control thread that asks, marks, stops and begins
// again, over rings that are always full. Every core thread writes events and reads orders and
// dials of its exchange, the workers' thread does the rest with TBB's help. Each service must be
// reported exactly once and as what it is, and a mark may not pass before its services.
#include "tests/support/effort.hpp"
#include "tests/unit/tls/inquiry/fake_core.hpp"
#include "tests/unit/tls/inquiry/inquiry_run.hpp"
#include "tls/inquiry/scan_workers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

// TBB makes the stages of a pipeline in its headers and hands them to its workers inside its
// library, where ThreadSanitizer sees no edge. Only their construction is excused: what the workers
// then do has edges of ours (tls/inquiry/inquiry_lanes.cpp) and is judged.
extern "C" const char* __tsan_default_suppressions() {
  return "race:concrete_filter\nrace:filter_node_leaf\n";
}

namespace tests {
namespace {

using flowtable::Endpoint;
using flowtable::ScanExchange;
using tls::NoTlsReason;

constexpr uint32_t kJob = 1;
constexpr uint32_t kOtherJob = 2;
constexpr uint16_t kPorts = effort(400);
constexpr uint8_t kHosts = 8;  // of each core

// A whole flight of OpenSSL's, once; what it is said to does not matter to who reads certificates.
std::string flight() {
  const ServicePtr service = tls_service({.keys = {"rsa"}})();
  const Reply reply = service->heard(tls::sweep_words(443).bytes);
  return {reply.bytes.begin(), reply.bytes.end()};
}

NoTlsReason truth_of(const Endpoint& server) {
  constexpr NoTlsReason kKinds[] = {NoTlsReason::none, NoTlsReason::not_tls, NoTlsReason::closed,
                                    NoTlsReason::none};
  return kKinds[server.port % 4];
}

// Hangs up on everybody, also on who only listens.
class HangsUp : public Service {
 public:
  Reply opened() override { return {{}, flowtable::ScanEventKind::peer_closed}; }
  Reply heard(flowtable::Bytes) override { return {}; }
};

class World {
 public:
  ServicePtr operator()(const Endpoint& server) const {
    switch (truth_of(server)) {
      case NoTlsReason::not_tls:
        return web_();
      case NoTlsReason::closed:
        return std::make_unique<HangsUp>();
      default:
        return tls_();
    }
  }

 private:
  ServiceMaker tls_ = talker("", flight());
  ServiceMaker web_ = talker("", "HTTP/1.1 400 Bad Request\r\n\r\n");
};

// Counts what is delivered while others look.
class CountingSink : public CollectingSink {
 public:
  void accept(tls::ScanDelivery&& delivery) override {
    const size_t count = delivery.reports.size();
    CollectingSink::accept(std::move(delivery));
    num_reports.fetch_add(count, std::memory_order_release);
  }
  std::atomic<size_t> num_reports{0};
};

// A core and its hosts: half of their ports it serves itself, half have no slot.
void sweep(ScanExchange& exchange, uint8_t index, std::atomic<size_t>& opened,
           const std::atomic<bool>& done) {
  FakeCore core(exchange, World());
  core.set_silence(100'000'000);
  for (size_t i = 0; i < size_t{kPorts} * kHosts; ++i) {
    const auto host = static_cast<uint8_t>(i % kHosts);
    const auto port = static_cast<uint16_t>(10000 + i / kHosts);
    const Endpoint server = endpoint_of(static_cast<uint8_t>(1 + index * kHosts + host), port);
    host % 2 == 0 ? core.open(kJob, server) : core.open_unserved(kJob, server);
    while (core.step() && core.num_open() > 32) {
    }
  }
  while (core.has_to_tell())
    (void)core.step();
  opened.fetch_add(size_t{kPorts} * kHosts);
  while (!done.load()) {
    if (!core.step()) std::this_thread::yield();
  }
}

TEST(StressScanWorkers, ReportEveryServiceOnce) {
  const ScanExchange::Capacity capacity{.events = 16, .replies = 16, .orders = 4, .dials = 4};
  ScanExchange exchanges[] = {ScanExchange(capacity), ScanExchange(capacity)};
  tls::CertificateCache certificates(100);
  CountingSink sink;
  tls::ScanWorkersOptions options;
  options.workers = 3;
  options.inquiries_max = 64;
  options.questions_max = 16;
  tls::ScanWorkers workers(options, {&exchanges[0], &exchanges[1]}, certificates, sink);
  tls::InquiryWish wish;
  wish.other_certificate = false;
  workers.begin_job(kJob, wish);
  std::atomic<bool> done{false};
  std::atomic<size_t> opened{0};

  std::vector<std::thread> threads;
  threads.emplace_back([&] { workers.run(); });
  for (uint8_t index = 0; index < 2; ++index) {
    threads.emplace_back([&, index] { sweep(exchanges[index], index, opened, done); });
  }

  // Jobs come and go meanwhile; their questions are reported or forgotten.
  for (int i = 0; i < effort(400); ++i) {
    workers.begin_job(kOtherJob, wish);
    tls::ServiceQuestion question;
    question.job = kOtherJob;
    for (uint16_t port = 20000; port < 20008; ++port) {
      question.server = endpoint_of(100, port);
      (void)workers.ask(question);
    }
    std::this_thread::yield();
    if (i % 3 == 0) workers.stop_job(kOtherJob);
    const uint64_t mark = workers.mark();
    EXPECT_FALSE(workers.passed(mark + 1));
  }
  while (opened.load() < size_t{2} * kPorts * kHosts)
    std::this_thread::yield();
  const uint64_t mark = workers.mark();
  while (!workers.passed(mark))
    std::this_thread::yield();
  EXPECT_GE(sink.num_reports.load(std::memory_order_acquire), size_t{2} * kPorts * kHosts);
  while (workers.num_under_way(kOtherJob) > 0)
    std::this_thread::yield();
  EXPECT_EQ(workers.num_under_way(kJob), 0u);
  done.store(true);
  workers.request_stop();
  for (std::thread& each : threads)
    each.join();

  std::map<Endpoint, int> reported;
  for (const tls::ServiceReport& each : sink.reports) {
    if (each.job != kJob) continue;
    ++reported[each.server];
    EXPECT_EQ(name_of(each.no_tls), name_of(truth_of(each.server)));
  }
  EXPECT_EQ(reported.size(), size_t{2} * kPorts * kHosts);
  for (const auto& [server, times] : reported)
    EXPECT_EQ(times, 1);
}

}  // namespace
}  // namespace tests
