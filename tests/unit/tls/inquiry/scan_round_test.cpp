// SPDX-License-Identifier: Apache-2.0
// The workers' rounds, step by step with a core that has services instead of a network.
#include "tls/inquiry/scan_round.hpp"

#include "tests/unit/tls/inquiry/fake_core.hpp"
#include "tests/unit/tls/inquiry/inquiry_run.hpp"
#include "tests/unit/tls/probe/made_certificates.hpp"
#include "tests/unit/tls/probe_peer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

namespace tests {
namespace {

using flowtable::Endpoint;
using flowtable::ScanEventKind;
using flowtable::ScanExchange;
using flowtable::TargetOutcome;
using tls::NoTlsReason;
using tls::ScanWorkCounter;

constexpr uint32_t kJob = 7;

tls::InquiryWish certificates_alone() {
  tls::InquiryWish wish;
  wish.other_certificate = false;
  wish.without_name = false;
  wish.own_name = kProbeNames.own;
  return wish;
}

tls::ServiceQuestion question_of(const Endpoint& server) {
  tls::ServiceQuestion out;
  out.job = kJob;
  out.server = server;
  return out;
}

struct Rounds {
  explicit Rounds(FakeCore::World world, tls::ScanWorkersOptions options = {},
                  const ScanExchange::Capacity& capacity = {})
      : exchange(capacity),
        core(exchange, std::move(world)),
        round(options, {&exchange}, certificates, sink) {
    round.jobs.begin(kJob, certificates_alone());
  }

  // Until neither side has anything to do.
  void settle() {
    for (int quiet = 0; quiet < 20;) {
      const bool core_works = core.step();
      const bool workers_work = round.work();
      quiet = core_works || workers_work || core.num_open() > 0 ? 0 : quiet + 1;
    }
  }
  uint64_t count(ScanWorkCounter counter) const { return round.counters.get(counter); }

  tls::CertificateCache certificates{1000};
  CollectingSink sink;
  ScanExchange exchange;
  FakeCore core;
  tls::ScanRound round;
};

ServicePtr rsa_everywhere(const Endpoint&) {
  static const ServiceMaker kMaker = tls_service({.keys = {"rsa"}});
  return kMaker();
}

ServicePtr silence_everywhere(const Endpoint&) {
  return talker("", "")();
}

TEST(ScanRound, BringsTheCertificatesOfASweep) {
  Rounds rounds(rsa_everywhere);
  for (uint8_t i = 1; i <= 100; ++i)
    rounds.core.open(kJob, endpoint_of(i, 443));
  rounds.core.reply({.server = endpoint_of(101, 443), .job = kJob});
  rounds.settle();
  EXPECT_EQ(rounds.sink.reports.size(), 100u);
  ASSERT_EQ(rounds.sink.observations.size(), 100u);
  for (const tls::Observation& each : rounds.sink.observations)
    EXPECT_EQ(each.certs.at(0)->der, made_certificates().der("rsa"));
  ASSERT_EQ(rounds.sink.replies.size(), 1u);
  EXPECT_EQ(rounds.sink.replies[0].server, endpoint_of(101, 443));
  EXPECT_EQ(rounds.count(ScanWorkCounter::services), 100u);
  EXPECT_EQ(rounds.count(ScanWorkCounter::reports), 100u);
  EXPECT_EQ(rounds.count(ScanWorkCounter::with_tls), 100u);
  EXPECT_EQ(rounds.count(ScanWorkCounter::observations), 100u);
  EXPECT_EQ(rounds.count(ScanWorkCounter::connections), 100u);
  EXPECT_EQ(rounds.count(ScanWorkCounter::replies), 1u);
  EXPECT_GE(rounds.count(ScanWorkCounter::events), 200u);
  EXPECT_EQ(rounds.count(ScanWorkCounter::orders), 100u);  // to close
  EXPECT_EQ(rounds.core.num_open(), 0u);
  EXPECT_EQ(rounds.round.jobs.num_under_way(kJob), 0u);
}

TEST(ScanRound, DialsForQuestionsAndForTargetsWithoutASlot) {
  Rounds rounds(rsa_everywhere);
  tls::ServiceQuestion question = question_of(endpoint_of(1, 443));
  question.reference = 42;
  EXPECT_TRUE(rounds.round.jobs.ask(question));
  EXPECT_EQ(rounds.round.jobs.num_under_way(kJob), 1u);
  rounds.core.open_unserved(kJob, endpoint_of(2, 443));
  rounds.settle();
  ASSERT_EQ(rounds.sink.reports.size(), 2u);
  EXPECT_TRUE(std::ranges::any_of(rounds.sink.reports,
                                  [](const auto& each) { return each.reference == 42; }));
  EXPECT_EQ(rounds.sink.observations.size(), 2u);
  EXPECT_EQ(rounds.count(ScanWorkCounter::dials), 2u);
  EXPECT_EQ(rounds.round.jobs.num_under_way(kJob), 0u);
}

TEST(ScanRound, SaysOfAClosedPortThatItIsClosed) {
  Rounds rounds([](const Endpoint&) { return ServicePtr(); });
  EXPECT_TRUE(rounds.round.jobs.ask(question_of(endpoint_of(1, 443))));
  rounds.settle();
  ASSERT_EQ(rounds.sink.reports.size(), 1u);
  EXPECT_EQ(rounds.sink.reports[0].outcome, TargetOutcome::closed);
  EXPECT_EQ(rounds.sink.reports[0].no_tls, NoTlsReason::none);
  EXPECT_EQ(rounds.count(ScanWorkCounter::not_open), 1u);
}

TEST(ScanRound, ATargetThatWasOpenStaysOpenWhenItRefusesLater) {
  Rounds rounds([](const Endpoint&) { return ServicePtr(); });
  rounds.core.open_unserved(kJob, endpoint_of(2, 443));
  rounds.settle();
  ASSERT_EQ(rounds.sink.reports.size(), 1u);
  EXPECT_EQ(rounds.sink.reports[0].outcome, TargetOutcome::open);
  EXPECT_EQ(rounds.sink.reports[0].no_tls, NoTlsReason::reset);
  EXPECT_EQ(rounds.sink.reports[0].step, "connect");
}

TEST(ScanRound, DialsAgainWhereACoreHadNoRoom) {
  Rounds rounds(rsa_everywhere);
  rounds.core.refuse_dials(2);
  EXPECT_TRUE(rounds.round.jobs.ask(question_of(endpoint_of(1, 443))));
  while (rounds.sink.reports.empty()) {
    (void)rounds.core.step();
    (void)rounds.round.work();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(rounds.sink.observations.size(), 1u);
  EXPECT_EQ(rounds.count(ScanWorkCounter::redials), 2u);
  EXPECT_EQ(rounds.count(ScanWorkCounter::dials), 3u);
}

TEST(ScanRound, ReportsWhatIsUnderWayOfAStoppedJob) {
  Rounds rounds(silence_everywhere);
  rounds.core.set_silence(1000);
  rounds.core.open(kJob, endpoint_of(1, 443));
  (void)rounds.core.step();
  (void)rounds.round.work();
  EXPECT_EQ(rounds.round.jobs.num_under_way(kJob), 1u);
  EXPECT_TRUE(rounds.round.jobs.ask(question_of(endpoint_of(2, 443))));
  rounds.round.jobs.stop(kJob);
  rounds.settle();
  ASSERT_EQ(rounds.sink.reports.size(), 1u);
  EXPECT_EQ(rounds.sink.reports[0].no_tls, NoTlsReason::stopped);
  EXPECT_EQ(rounds.sink.reports[0].server, endpoint_of(1, 443));
  EXPECT_EQ(rounds.count(ScanWorkCounter::stopped), 1u);
  EXPECT_EQ(rounds.count(ScanWorkCounter::questions_forgotten), 1u);
  EXPECT_EQ(rounds.core.num_open(), 0u);
  EXPECT_EQ(rounds.round.jobs.num_under_way(kJob), 0u);
  // What a core tells afterwards is not lost either.
  rounds.core.open(kJob, endpoint_of(3, 443));
  rounds.settle();
  ASSERT_EQ(rounds.sink.reports.size(), 2u);
  EXPECT_EQ(rounds.sink.reports[1].no_tls, NoTlsReason::stopped);
  EXPECT_EQ(rounds.count(ScanWorkCounter::services_of_no_job), 1u);
}

TEST(ScanRound, AJobThatBeginsAgainIsAskedAgain) {
  Rounds rounds(rsa_everywhere);
  rounds.round.jobs.stop(kJob);
  rounds.round.jobs.begin(kJob, certificates_alone());
  rounds.core.open(kJob, endpoint_of(1, 443));
  rounds.settle();
  ASSERT_EQ(rounds.sink.reports.size(), 1u);
  EXPECT_EQ(rounds.sink.reports[0].no_tls, NoTlsReason::none);
}

TEST(ScanRound, AMarkPassesWithTheLastInquiryThatBeganBeforeIt) {
  Rounds rounds(silence_everywhere);
  rounds.core.set_silence(1000);
  const uint64_t before = rounds.round.marks.mark();
  EXPECT_FALSE(rounds.round.marks.passed(before));
  (void)rounds.round.work();
  EXPECT_TRUE(rounds.round.marks.passed(before));

  rounds.core.open(kJob, endpoint_of(1, 443));
  rounds.core.open_unserved(kJob, endpoint_of(2, 443));
  (void)rounds.core.step();
  const uint64_t mark = rounds.round.marks.mark();
  (void)rounds.round.work();
  EXPECT_FALSE(rounds.round.marks.passed(mark));
  // A later one does not hold it up.
  rounds.core.set_silence(3);
  while (!rounds.round.marks.passed(mark)) {
    (void)rounds.core.step();
    (void)rounds.round.work();
  }
  EXPECT_EQ(rounds.sink.reports.size(), 2u);
}

TEST(ScanRound, AMarkWaitsForQuestionsThatFoundNoRoomYet) {
  tls::ScanWorkersOptions options;
  options.inquiries_max = 1;
  Rounds rounds(rsa_everywhere, options);
  for (uint8_t host = 1; host <= 3; ++host)
    ASSERT_TRUE(rounds.round.jobs.ask(question_of(endpoint_of(host, 443))));
  const uint64_t mark = rounds.round.marks.mark();
  while (!rounds.round.marks.passed(mark)) {
    (void)rounds.core.step();
    (void)rounds.round.work();
  }
  EXPECT_EQ(rounds.sink.reports.size(), 3u);
}

TEST(ScanRound, UnmasksAMiddleboxThatIsOpenOnEveryPort) {
  Rounds rounds(silence_everywhere);
  for (uint16_t port = 8000; port < 8010; ++port)
    rounds.core.open(kJob, endpoint_of(1, port));
  // As many real hosts, each with one silent port.
  for (uint8_t host = 2; host < 12; ++host)
    rounds.core.open(kJob, endpoint_of(host, 8000));
  rounds.settle();
  ASSERT_EQ(rounds.sink.reports.size(), 20u);
  for (const tls::ServiceReport& each : rounds.sink.reports) {
    const bool is_middlebox = each.server.address == endpoint_of(1, 1).address;
    EXPECT_EQ(each.no_tls, is_middlebox ? NoTlsReason::false_open : NoTlsReason::timed_out);
  }
  EXPECT_EQ(rounds.count(ScanWorkCounter::false_open), 10u);
  EXPECT_EQ(rounds.count(ScanWorkCounter::without_tls), 20u);
}

TEST(ScanRound, AHostWithOnePortThatSpeaksIsNoMiddlebox) {
  Rounds rounds([](const Endpoint& server) {
    return server.port == 8003 ? rsa_everywhere(server) : silence_everywhere(server);
  });
  for (uint16_t port = 8000; port < 8010; ++port)
    rounds.core.open(kJob, endpoint_of(1, port));
  rounds.settle();
  EXPECT_EQ(
      std::ranges::count(rounds.sink.reports, NoTlsReason::timed_out, &tls::ServiceReport::no_tls),
      9);
}

TEST(ScanRound, PutsOffWhatIsTooMuchAndGivesUpWhatIsFarTooMuch) {
  tls::ScanWorkersOptions options;
  options.inquiries_max = 2;
  options.waiting_max = 3;
  Rounds rounds(rsa_everywhere, options);
  for (uint8_t i = 1; i <= 10; ++i)
    rounds.core.open(kJob, endpoint_of(i, 443));
  rounds.settle();
  ASSERT_EQ(rounds.sink.reports.size(), 10u);
  EXPECT_EQ(rounds.count(ScanWorkCounter::services_waited), 3u);
  EXPECT_EQ(rounds.count(ScanWorkCounter::services_overflowed), 5u);
  EXPECT_EQ(std::ranges::count(rounds.sink.reports, TargetOutcome::lost_locally,
                               &tls::ServiceReport::outcome),
            5);
  EXPECT_EQ(rounds.sink.observations.size(), 5u);
}

TEST(ScanRound, WaitsForRingsThatAreFull) {
  Rounds rounds(rsa_everywhere, {}, {.events = 64, .replies = 64, .orders = 1, .dials = 1});
  for (uint8_t i = 1; i <= 20; ++i)
    EXPECT_TRUE(rounds.round.jobs.ask(question_of(endpoint_of(i, 443))));
  rounds.settle();
  EXPECT_EQ(rounds.sink.observations.size(), 20u);
  EXPECT_GE(rounds.count(ScanWorkCounter::dials_waited), 1u);
  for (uint8_t i = 1; i <= 20; ++i)
    rounds.core.open(kJob, endpoint_of(i, 443));
  rounds.settle();
  EXPECT_EQ(rounds.sink.observations.size(), 40u);
  EXPECT_GE(rounds.count(ScanWorkCounter::orders_waited), 1u);
}

TEST(ScanRound, HangsUpConnectionsThatNobodyWaitsFor) {
  Rounds rounds(rsa_everywhere);
  rounds.core.tell_stray();
  rounds.settle();
  EXPECT_EQ(rounds.count(ScanWorkCounter::events_late), 2u);
  EXPECT_EQ(rounds.count(ScanWorkCounter::orders), 1u);
  EXPECT_TRUE(rounds.sink.reports.empty());
}

TEST(ScanRound, CountsPlaintextBehindTheAgreement) {
  Rounds rounds([](const Endpoint&) {
    ProbeScript script{"pop3", "injected", {{'S', "+OK\r\n"}, {'C', "STLS\r\n"}}};
    script.turns.push_back({'S', "+OK\r\n+OK injected\r\n"});
    return scripted_service(script, tls_service({.keys = {"rsa"}}))();
  });
  rounds.core.open(kJob, endpoint_of(1, 110));
  rounds.settle();
  EXPECT_EQ(rounds.sink.observations.size(), 1u);
  EXPECT_EQ(rounds.count(ScanWorkCounter::thrown_away_bytes), 14u);
}

TEST(ScanRound, TakesNoMoreQuestionsThanItMay) {
  tls::ScanWorkersOptions options;
  options.questions_max = 2;
  Rounds rounds(rsa_everywhere, options);
  for (const bool taken : {true, true, false})
    EXPECT_EQ(rounds.round.jobs.ask(question_of(endpoint_of(1, 443))), taken);
}

}  // namespace
}  // namespace tests
