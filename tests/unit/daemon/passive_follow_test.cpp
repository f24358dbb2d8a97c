// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/passive_follow.hpp"

#include <gtest/gtest.h>

namespace control {
namespace {

using dataplane::AddressRange;
using dataplane::AddressSet;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr PassiveFollow::Clock::time_point kStart{hours(1000)};

flowtable::IpAddress address(uint32_t number) {
  const uint8_t bytes[] = {10, static_cast<uint8_t>(number >> 16),
                           static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number)};
  return flowtable::IpAddress::from_bytes(bytes);
}

AddressSet set_of(uint32_t first, uint32_t last) {
  const AddressRange range{dataplane::number_of(address(first)),
                           dataplane::number_of(address(last))};
  return AddressSet(std::span(&range, 1));
}

// TLS 1.3, as the tap sees it: without certificates.
tls::Observation sealed(uint32_t server, const std::string& name = "www.example") {
  tls::Observation out;
  out.server = {address(server), 443};
  out.hello.emplace();
  if (!name.empty()) out.sni = name;
  out.answer.emplace();
  out.answer.own().version = 0x0304;
  return out;
}

class NoSink final : public tls::ScanSink {
 public:
  void accept(tls::ScanDelivery&&) override {}
};

// 10.0.0.0 to 10.15.255.255 may be asked, but for the last one. Nobody answers: what was asked is
// under way for ever.
struct Follow {
  explicit Follow(double per_second = 1000, size_t questions_max = 100'000)
      : exchange(flowtable::ScanExchange::Capacity{}), certificates(10) {
    site.allowed = set_of(0, 0x0fffff);
    site.excluded = set_of(0x0fffff, 0x0fffff);
    tls::ScanWorkersOptions options;
    options.questions_max = questions_max;
    workers.emplace(options, std::vector<flowtable::ScanExchange*>{&exchange}, certificates, sink);
    follow.emplace(PassiveFollow::Parts{site, *workers, per_second});
  }
  void see(tls::Observation seen, PassiveFollow::Clock::time_point now = kStart) {
    tls::RecordBatch batch;
    batch.push_back(std::move(seen));
    follow->see(batch, now);
  }
  uint64_t count(FollowCounter counter) const { return follow->counters().get(counter); }
  size_t num_asked() const { return workers->num_under_way(kTapJob); }

  dataplane::ScanSite site;
  flowtable::ScanExchange exchange;
  tls::CertificateCache certificates;
  NoSink sink;
  std::optional<tls::ScanWorkers> workers;
  std::optional<PassiveFollow> follow;
};

TEST(PassiveFollow, AsksForWhatTls13Seals) {
  Follow the;
  the.see(sealed(1));
  EXPECT_EQ(the.count(FollowCounter::sealed_seen), 1u);
  EXPECT_EQ(the.count(FollowCounter::asked), 1u);
  EXPECT_EQ(the.num_asked(), 1u);
}

TEST(PassiveFollow, LeavesAloneWhatItCanRead) {
  Follow the;
  tls::Observation older = sealed(1);
  older.answer.own().version = 0x0303;
  tls::Observation shown = sealed(2);
  shown.certs.push_back(std::make_shared<tls::CertificateFacts>());
  tls::Observation own = sealed(3);
  own.source = tls::Source::active;
  tls::Observation other = sealed(4);
  other.source = tls::Source::imported;
  tls::Observation unanswered = sealed(5);
  unanswered.answer.reset();
  tls::Observation ssh = sealed(6);
  ssh.kind = tls::RecordKind::ssh;
  for (const tls::Observation& each : {older, shown, own, other, unanswered, ssh})
    the.see(each);
  EXPECT_EQ(the.count(FollowCounter::sealed_seen), 0u);
  EXPECT_EQ(the.num_asked(), 0u);
}

TEST(PassiveFollow, AsksOnceADayForEachName) {
  Follow the;
  the.see(sealed(1));
  the.see(sealed(1), kStart + hours(24) - seconds(1));
  EXPECT_EQ(the.count(FollowCounter::asked_lately), 1u);
  EXPECT_EQ(the.count(FollowCounter::asked), 1u);
  the.see(sealed(1), kStart + hours(24));
  EXPECT_EQ(the.count(FollowCounter::asked), 2u);
  the.see(sealed(1), kStart + hours(25));
  EXPECT_EQ(the.count(FollowCounter::asked_lately), 2u) << "a day from the later one";
  // Whatever makes it another service, or another certificate.
  tls::Observation port = sealed(1);
  port.server.port = 8443;
  tls::Observation quic = sealed(1);
  quic.transport = tls::Transport::quic;
  for (const tls::Observation& each : {port, quic, sealed(1, ""), sealed(1, "b"), sealed(2)})
    the.see(each, kStart + hours(25));
  EXPECT_EQ(the.count(FollowCounter::asked), 7u);
  EXPECT_EQ(the.num_asked(), 7u);
}

TEST(PassiveFollow, AsksNobodyWhoMayNotBeAsked) {
  Follow the;
  the.see(sealed(0x100000));
  the.see(sealed(0x0fffff));
  EXPECT_EQ(the.count(FollowCounter::not_allowed), 2u) << "beyond scan.allow, in scan.exclude";
  EXPECT_EQ(the.num_asked(), 0u);
  the.see(sealed(0x0ffffe));
  EXPECT_EQ(the.num_asked(), 1u);
}

TEST(PassiveFollow, KeepsItsRate) {
  Follow the(2);
  for (uint32_t i = 0; i < 5; ++i)
    the.see(sealed(i));
  EXPECT_EQ(the.count(FollowCounter::asked), 2u) << "what a second gives, and no more at once";
  EXPECT_EQ(the.count(FollowCounter::over_rate), 3u);
  the.see(sealed(4), kStart + milliseconds(400));
  EXPECT_EQ(the.count(FollowCounter::over_rate), 4u);
  // Who was left for later is asked when it comes again.
  the.see(sealed(4), kStart + milliseconds(600));
  EXPECT_EQ(the.count(FollowCounter::asked), 3u);
  for (uint32_t i = 10; i < 20; ++i)
    the.see(sealed(i), kStart + hours(1));
  EXPECT_EQ(the.count(FollowCounter::asked), 5u) << "an hour of silence is no budget for a burst";
}

TEST(PassiveFollow, AsksLessThanOnceASecondToo) {
  Follow the(0.5);
  the.see(sealed(1));
  the.see(sealed(2), kStart + seconds(1));
  EXPECT_EQ(the.count(FollowCounter::asked), 1u);
  the.see(sealed(2), kStart + seconds(2));
  EXPECT_EQ(the.count(FollowCounter::asked), 2u);
}

TEST(PassiveFollow, LeavesForLaterWhatTheWorkersHaveNoRoomFor) {
  Follow the(1000, 2);
  for (uint32_t i = 0; i < 3; ++i)
    the.see(sealed(i));
  EXPECT_EQ(the.count(FollowCounter::no_room), 1u);
  EXPECT_EQ(the.count(FollowCounter::asked), 2u);
  the.workers->stop_job(kTapJob);
  the.workers->begin_job(kTapJob, {});
  the.see(sealed(2));
  EXPECT_EQ(the.count(FollowCounter::asked), 3u) << "it was not remembered as asked";
}

TEST(PassiveFollow, ForgetsTheOneAskedLongestAgo) {
  Follow the(1e9);
  constexpr auto kMany = static_cast<uint32_t>(PassiveFollow::kRememberedMax);
  for (uint32_t i = 0; i <= kMany; ++i)
    the.see(sealed(i));
  ASSERT_EQ(the.count(FollowCounter::asked), kMany + 1);
  the.see(sealed(1));
  EXPECT_EQ(the.count(FollowCounter::asked_lately), 1u);
  the.see(sealed(0));
  EXPECT_EQ(the.count(FollowCounter::asked), kMany + 2) << "the first one was forgotten";
  EXPECT_EQ(the.count(FollowCounter::sealed_seen), kMany + 3);
}

}  // namespace
}  // namespace control
