// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/scan_desk.hpp"

#include "control/ipc/frame.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace control {
namespace {

using flowtable::TargetOutcome;

constexpr uint32_t kJob = 7;

flowtable::Endpoint server(uint16_t port) {
  const uint8_t address[] = {192, 0, 2, 1};
  return {flowtable::IpAddress::from_bytes(address), port};
}

tls::ServiceReport report(uint16_t port, uint64_t reference = 0) {
  tls::ServiceReport out;
  out.job = kJob;
  out.reference = reference;
  out.server = server(port);
  return out;
}

// Of a service that showed the certificates with these digests.
tls::ServiceReport report_with(uint64_t reference, std::vector<uint8_t> digests) {
  tls::ServiceReport out = report(443, reference);
  for (const uint8_t digest : digests)
    out.probes.emplace_back().certs.push_back(tls::Sha256{digest});
  return out;
}

flowtable::ScanReply reply(uint16_t port, TargetOutcome outcome) {
  flowtable::ScanReply out;
  out.job = kJob;
  out.server = server(port);
  out.outcome = outcome;
  return out;
}

tls::ScanDelivery reports(uint16_t count) {
  tls::ScanDelivery out;
  for (uint16_t i = 0; i < count; ++i)
    out.reports.push_back(report(static_cast<uint16_t>(1 + i)));
  return out;
}

// A desk without memory and record file.
struct Desk {
  LiveSink sink{nullptr, nullptr, nullptr};
  std::atomic<int> wakes{0};
  std::vector<uint16_t> services;  // ports that on_service was told
  ScanDesk desk{{"here", sink, [this] { ++wakes; },
                 [this](const tls::ServiceReport& each) { services.push_back(each.server.port); }}};
  Desk() { desk.open(kJob); }

  std::shared_ptr<Subscription> follow(ScanFormat format, const Subscription::Limits& limits = {}) {
    auto out = std::make_shared<Subscription>(limits);
    desk.follow(kJob, {format, out});
    return out;
  }
};

// What one caller was sent.
struct Sent {
  std::vector<Json> rows;
  std::vector<uint64_t> missed;  // as it was told
  bool ended = false;
};

Sent taken(Subscription& from) {
  std::string bytes;
  Sent out;
  for (auto state = from.take(bytes); state != Subscription::Taken::nothing;
       state = from.take(bytes)) {
    out.ended = state == Subscription::Taken::ended;
    if (out.ended) break;
  }
  FrameReader reader(kReplyFrameBytesMax);
  reader.feed(bytes);
  for (std::string payload; reader.next(payload) == FrameReader::Next::frame;) {
    const Json frame = parse_reply_json(payload).value();
    if (frame.contains("rows"))
      out.rows.insert(out.rows.end(), frame["rows"].begin(), frame["rows"].end());
    if (frame.contains("fields")) out.missed.push_back(frame["fields"]["missed"]);
  }
  return out;
}

std::vector<std::string> column(const std::vector<Json>& rows, const char* name) {
  std::vector<std::string> out;
  for (const Json& row : rows)
    out.push_back(row.value(name, "(none)"));
  return out;
}

using Words = std::vector<std::string>;

TEST(ScanDesk, ShowsEachFollowerWhatItsFormatHolds) {
  Desk the;
  const auto rows = the.follow(ScanFormat::rows);
  const auto records = the.follow(ScanFormat::records);
  tls::ScanDelivery found = reports(1);
  tls::Observation& seen = found.observations.emplace_back();
  seen.scan = kJob;
  seen.server = server(1);
  auto leaf = std::make_shared<tls::CertificateFacts>();
  leaf->subject_cn = "www.example";
  seen.certs.push_back(leaf);
  found.replies = {reply(2, TargetOutcome::closed), reply(1, TargetOutcome::open)};
  the.desk.accept(std::move(found));
  const Sent people = taken(*rows);
  EXPECT_EQ(column(people.rows, "server"), (Words{"192.0.2.1 1", "192.0.2.1 2"}));
  EXPECT_EQ(column(people.rows, "result"), (Words{"www.example", "closed"}));
  const Sent programs = taken(*records);
  EXPECT_EQ(column(programs.rows, "type"), (Words{"tls", "service", "target"}))
      << "of an open target the service says more";
  EXPECT_EQ(column(programs.rows, "sensor"), (Words{"here", "here", "here"}));
  EXPECT_FALSE(people.ended || programs.ended);
  EXPECT_GE(the.wakes, 1);
  EXPECT_EQ(the.services, std::vector<uint16_t>{1});
}

TEST(ScanDesk, ShowsOnlyTheJobThatIsFollowed) {
  Desk the;
  the.desk.open(8);
  const auto rows = the.follow(ScanFormat::rows);
  tls::ScanDelivery other = reports(3);
  for (tls::ServiceReport& each : other.reports)
    each.job = 8;
  the.desk.accept(std::move(other));
  EXPECT_TRUE(taken(*rows).rows.empty());
  EXPECT_EQ(the.desk.tally(8).tls, 3u);
  EXPECT_EQ(the.desk.tally(kJob).tls, 0u);
}

// One who does not read misses rows and is told how many; the other gets all, and nobody waits
// long.
TEST(ScanDesk, TellsASlowFollowerWhatItMissed) {
  Desk the;
  const auto slow = the.follow(ScanFormat::rows, {.rows_max = 2});
  const auto quick = the.follow(ScanFormat::rows);
  const auto start = std::chrono::steady_clock::now();
  the.desk.accept(reports(50));
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_GE(took, std::chrono::milliseconds(400)) << "it is given a moment";
  EXPECT_LT(took, std::chrono::seconds(10)) << "once, not for each row";
  const Sent all = taken(*quick);
  EXPECT_EQ(all.rows.size(), 50u);
  EXPECT_TRUE(all.missed.empty());
  const Sent some = taken(*slow);
  EXPECT_EQ(column(some.rows, "server"), (Words{"192.0.2.1 1", "192.0.2.1 2"}));
  EXPECT_EQ(some.missed, std::vector<uint64_t>{48});
  EXPECT_EQ(slow->num_missed(), 48u);
  EXPECT_EQ(the.desk.tally(kJob).tls, 50u) << "what is not shown is counted all the same";
}

TEST(ScanDesk, WaitsForAFollowerWhoReads) {
  Desk the;
  const auto narrow = the.follow(ScanFormat::rows, {.rows_max = 1});
  std::atomic<bool> stop{false};
  std::vector<Json> rows;
  std::thread reader([&] {
    while (!stop) {
      const Sent sent = taken(*narrow);
      rows.insert(rows.end(), sent.rows.begin(), sent.rows.end());
      std::this_thread::yield();
    }
  });
  the.desk.accept(reports(100));
  stop = true;
  reader.join();
  const Sent rest = taken(*narrow);
  EXPECT_EQ(rows.size() + rest.rows.size(), 100u);
  EXPECT_EQ(narrow->num_missed(), 0u);
}

TEST(ScanDesk, ForgetsWhoIsGone) {
  Desk the;
  const auto gone = the.follow(ScanFormat::rows, {.rows_max = 1});
  gone->close();
  const auto start = std::chrono::steady_clock::now();
  the.desk.accept(reports(10));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(400));
  EXPECT_TRUE(taken(*gone).rows.empty());
  EXPECT_EQ(gone.use_count(), 1);
}

TEST(ScanDesk, EndsEverybodysReply) {
  Desk the;
  const auto rows = the.follow(ScanFormat::rows);
  const auto records = the.follow(ScanFormat::records);
  the.desk.show_progress(kJob, Json{{"done", 3}});
  the.desk.end(kJob, R"({"type":"scan","state":"finished"})");
  the.desk.accept(reports(1));
  const Sent people = taken(*rows);
  EXPECT_EQ(people.rows, std::vector<Json>{Json::parse(R"({"progress":{"done":3}})")});
  const Sent programs = taken(*records);
  EXPECT_EQ(programs.rows, std::vector<Json>{Json::parse(R"({"type":"scan","state":"finished"})")});
  EXPECT_TRUE(people.ended && programs.ended);
}

// A checkpoint takes what is behind it, once; what came early stays for the next.
TEST(ScanDesk, CountsTheListByPosition) {
  Desk the;
  tls::ScanDelivery found;
  const TargetOutcome outcomes[] = {TargetOutcome::open,         TargetOutcome::closed,
                                    TargetOutcome::silent,       TargetOutcome::unreachable,
                                    TargetOutcome::lost_locally, TargetOutcome::open};
  for (const uint64_t number : {5u, 0u, 1u, 4u, 2u, 3u}) {
    found.reports.push_back(report(1, number + 1));
    found.reports.back().outcome = outcomes[number];
  }
  found.reports.push_back(report(1, 0));            // of the sweep
  found.reports.push_back(report(1, kAskedAgain));  // of the sweep, by another name
  the.desk.accept(std::move(found));
  EXPECT_EQ(the.desk.list_counts(kJob), (ScanCounts{6, 2, 1, 1, 1, 1, 0}));
  EXPECT_EQ(the.desk.take_list_counts(kJob, 0), ScanCounts{});
  EXPECT_EQ(the.desk.take_list_counts(kJob, 3), (ScanCounts{3, 1, 1, 0, 1, 0, 0}));
  EXPECT_EQ(the.desk.take_list_counts(kJob, 3), ScanCounts{});
  EXPECT_EQ(the.desk.list_counts(kJob), (ScanCounts{3, 1, 0, 1, 0, 1, 0}));
  EXPECT_EQ(the.desk.take_list_counts(kJob, 100), (ScanCounts{3, 1, 0, 1, 0, 1, 0}));
  EXPECT_EQ(the.desk.list_counts(kJob), ScanCounts{});
  EXPECT_EQ(the.desk.take_list_counts(99, 100), ScanCounts{}) << "no such job";
}

TEST(ScanDesk, TalliesServicesAndDifferentCertificates) {
  Desk the;
  tls::ScanDelivery found;
  found.reports = {report_with(0, {1, 2}), report_with(1, {2}), report_with(kAskedAgain, {3})};
  tls::ServiceReport ssh = report(22);
  ssh.no_tls = tls::NoTlsReason::not_tls;
  tls::ServiceReport unknown = report_with(0, {4});
  unknown.job = 99;
  found.reports.push_back(ssh);
  found.reports.push_back(unknown);
  the.desk.accept(std::move(found));
  EXPECT_EQ(the.desk.tally(kJob).tls, 2u) << "asked by another name it is no second service";
  EXPECT_EQ(the.desk.tally(kJob).certificates, 3u);
  EXPECT_EQ(the.desk.tally(99).certificates, 0u) << "of no open job";
  the.desk.forget(kJob);
  EXPECT_EQ(the.desk.tally(kJob).tls + the.desk.tally(kJob).certificates, 0u);
}

}  // namespace
}  // namespace control
