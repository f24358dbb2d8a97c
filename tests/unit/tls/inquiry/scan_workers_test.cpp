// SPDX-License-Identifier: Apache-2.0
#include "tls/inquiry/scan_workers.hpp"

#include "tests/unit/tls/inquiry/fake_core.hpp"
#include "tests/unit/tls/inquiry/inquiry_run.hpp"
#include "tests/unit/tls/probe/made_certificates.hpp"
#include "tls/probe/hello_set.hpp"
#include "tls/probe/starttls_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <thread>

namespace tests {
namespace {

using flowtable::Endpoint;
using flowtable::ScanExchange;

TEST(ScanWorkers, WorkUntilTheyAreStopped) {
  ScanExchange exchange{ScanExchange::Capacity{}};
  tls::CertificateCache certificates(100);
  CollectingSink sink;
  tls::ScanWorkersOptions options;
  options.workers = 2;
  tls::ScanWorkers workers(options, {&exchange}, certificates, sink);
  workers.begin_job(1, {});
  const ServiceMaker maker = tls_service({.keys = {"rsa"}});
  FakeCore core(exchange, [&](const Endpoint&) { return maker(); });
  core.set_silence(100'000'000);
  for (uint8_t i = 1; i <= 50; ++i)
    core.open(1, endpoint_of(i, 443));
  tls::ServiceQuestion question;
  question.job = 1;
  question.server = endpoint_of(100, 443);
  EXPECT_TRUE(workers.ask(question));

  std::thread thread([&] { workers.run(); });
  while (workers.counters().get(tls::ScanWorkCounter::reports) < 51)
    (void)core.step();
  const uint64_t mark = workers.mark();
  while (!workers.passed(mark))
    (void)core.step();
  EXPECT_EQ(workers.num_under_way(1), 0u);
  EXPECT_TRUE(workers.ask(question));
  // It is under way for ever: its core no longer answers.
  while (workers.counters().get(tls::ScanWorkCounter::services) < 52)
    std::this_thread::yield();
  workers.request_stop();
  thread.join();
  ASSERT_EQ(sink.reports.size(), 52u);
  EXPECT_EQ(sink.reports.back().no_tls, tls::NoTlsReason::stopped);
  for (const tls::Observation& each : sink.observations)
    EXPECT_EQ(each.certs.at(0)->der, made_certificates().der("rsa"));
}

TEST(ScanWorkers, StopAJobByItself) {
  ScanExchange exchange{ScanExchange::Capacity{}};
  tls::CertificateCache certificates(100);
  CollectingSink sink;
  tls::ScanWorkers workers({}, {&exchange}, certificates, sink);
  workers.begin_job(1, {});
  tls::ServiceQuestion question;
  question.job = 1;
  EXPECT_TRUE(workers.ask(question));
  EXPECT_EQ(workers.num_under_way(1), 1u);
  workers.stop_job(1);
  EXPECT_EQ(workers.num_under_way(1), 0u);
  // Of no job: forgotten, not kept.
  EXPECT_TRUE(workers.ask(question));
  EXPECT_EQ(workers.num_under_way(1), 0u);
}

TEST(SweepWords, AreWhatThePortWants) {
  for (const uint16_t port : {uint16_t{443}, uint16_t{12345}, uint16_t{993}}) {
    const tls::SweepWords words = tls::sweep_words(port);
    ASSERT_EQ(words.fresh_at, 11);
    tls::probe::HelloDescription hello = tls::probe::hello_of({.probe = tls::probe::Probe::a});
    std::copy_n(words.bytes.begin() + words.fresh_at, hello.random.size(), hello.random.begin());
    EXPECT_EQ(words.bytes, tls::probe::client_hello_record(hello)) << port;
  }
  for (const tls::probe::StarttlsProtocol& each : tls::probe::starttls_protocols()) {
    const tls::SweepWords words = tls::sweep_words(each.ports[0]);
    EXPECT_EQ(words.fresh_at, -1) << each.name;
    EXPECT_EQ(words.bytes.empty(), each.first == tls::probe::Speaker::server) << each.name;
  }
  const std::vector<uint8_t> ssl_request{0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f};
  EXPECT_EQ(tls::sweep_words(5432).bytes, ssl_request);
}

TEST(ScanWorkCounter, HasANameForEach) {
  std::set<std::string_view> names;
  for (const auto& each : tls::scan_work_counter_table()) {
    EXPECT_EQ(name_of(each.counter), each.name);
    EXPECT_FALSE(each.help.empty());
    names.insert(each.name);
  }
  EXPECT_EQ(names.size(), tls::scan_work_counter_table().size());
}

}  // namespace
}  // namespace tests
