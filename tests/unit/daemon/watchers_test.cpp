// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/watchers.hpp"

#include "control/ipc/frame.hpp"
#include "control/ipc/message.hpp"
#include "control/ipc/watch_command.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace control {
namespace {

tls::RecordBatch sessions(int count, uint16_t port = 443) {
  tls::RecordBatch out;
  for (int i = 0; i < count; ++i) {
    tls::Observation& seen = out.emplace_back();
    const uint8_t address[] = {192, 0, 2, 1};
    seen.client = {flowtable::IpAddress::from_bytes(address), 45000};
    seen.server = {flowtable::IpAddress::from_bytes(address), port};
    seen.hello.emplace();
    seen.sni = "host" + std::to_string(i);
    seen.missing = tls::MissingReason::server_hello_missing;
  }
  return out;
}

SessionFilter filter_of(std::vector<std::string> words) {
  return SessionFilter::parse(words).value();
}

// All rows that wait.
std::vector<Json> rows_of(Subscription& subscription) {
  std::string bytes;
  while (subscription.take(bytes) == Subscription::Taken::some) {
  }
  FrameReader reader(kReplyFrameBytesMax);
  reader.feed(bytes);
  std::vector<Json> out;
  for (std::string payload; reader.next(payload) == FrameReader::Next::frame;) {
    const Json frame = parse_reply_json(payload).value();
    if (frame.contains("rows")) out.insert(out.end(), frame["rows"].begin(), frame["rows"].end());
  }
  return out;
}

TEST(Watchers, ShowEachWhatItsFilterPromises) {
  int wakes = 0;
  Watchers watchers("here", [&] { ++wakes; });
  const auto all = watchers.add(filter_of({}), WatchFormat::rows, {});
  const auto some = watchers.add(filter_of({"sni:host1"}), WatchFormat::records, {});
  const auto none = watchers.add(filter_of({"-port:443"}), WatchFormat::rows, {});
  watchers.show(sessions(3));
  EXPECT_EQ(wakes, 1);
  const std::vector<Json> rows = rows_of(*all);
  ASSERT_EQ(rows.size(), 3u);
  size_t column = 0;
  for (const auto& [key, value] : rows[2].items())
    EXPECT_EQ(key, watch_command::kColumns[column++].key);
  EXPECT_EQ(rows[2]["sni"], "host2");
  EXPECT_EQ(rows[2]["server"], "192.0.2.1 443");
  EXPECT_EQ(rows[2]["certificate"], "(server_hello_missing)");
  const std::vector<Json> records = rows_of(*some);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0]["sni"], "host1");
  EXPECT_EQ(records[0]["sensor"], "here");
  EXPECT_TRUE(rows_of(*none).empty());
  EXPECT_EQ(watchers.counters().get(WatchCounter::watches), 3u);
  EXPECT_EQ(watchers.counters().get(WatchCounter::sessions_shown), 4u);
  watchers.show(sessions(1, 8443));
  EXPECT_EQ(rows_of(*none).size(), 1u);
}

TEST(Watchers, CountWhatASlowReaderMisses) {
  Watchers watchers("here", [] {});
  const auto slow = watchers.add(filter_of({}), WatchFormat::rows, {.rows_max = 2});
  const auto quick = watchers.add(filter_of({}), WatchFormat::rows, {});
  watchers.show(sessions(5));
  EXPECT_EQ(slow->num_missed(), 3u);
  EXPECT_EQ(watchers.counters().get(WatchCounter::sessions_missed), 3u);
  EXPECT_EQ(rows_of(*slow).size(), 2u);
  EXPECT_EQ(rows_of(*quick).size(), 5u);
}

TEST(Watchers, ForgetWhoIsGoneOrHasEnough) {
  Watchers watchers("here", [] {});
  const auto gone = watchers.add(filter_of({}), WatchFormat::rows, {});
  const auto short_one = watchers.add(filter_of({}), WatchFormat::rows, {.total_max = 2});
  EXPECT_EQ(watchers.size(), 2u);
  gone->close();
  watchers.show(sessions(5));
  EXPECT_EQ(watchers.size(), 0u);
  EXPECT_TRUE(short_one->over());
  EXPECT_EQ(watchers.counters().get(WatchCounter::sessions_shown), 2u);
}

TEST(Watchers, AreBounded) {
  Watchers watchers("here", [] {});
  std::vector<std::shared_ptr<Subscription>> kept;
  for (size_t i = 0; i < Watchers::kWatchersMax; ++i)
    kept.push_back(watchers.add(filter_of({}), WatchFormat::rows, {}));
  EXPECT_EQ(watchers.add(filter_of({}), WatchFormat::rows, {}), nullptr);
  kept.front()->close();
  EXPECT_NE(watchers.add(filter_of({}), WatchFormat::rows, {}), nullptr);
}

// The pipeline shows while others come, read and go: nothing is lost but what is counted.
TEST(Watchers, ComeAndGoWhileSessionsAreShown) {
  Watchers watchers("here", [] {});
  std::atomic<bool> done{false};
  std::thread pipeline([&] {
    while (!done)
      watchers.show(sessions(20));
  });
  uint64_t read = 0;
  uint64_t missed = 0;
  // On a busy machine the pipeline may not have had a turn by the three hundredth.
  for (int i = 0; i < 300 || (read == 0 && i < 1'000'000); ++i) {
    const auto one = watchers.add(filter_of({"sni:host7"}), WatchFormat::rows, {.rows_max = 3});
    if (one == nullptr) continue;
    std::this_thread::yield();
    read += rows_of(*one).size();
    one->close();
    // A batch that was under way may still come.
    while (watchers.size() > 0)
      std::this_thread::yield();
    std::string rest;
    EXPECT_EQ(one->take(rest), Subscription::Taken::ended);
    FrameReader reader(kReplyFrameBytesMax);
    reader.feed(rest);
    for (std::string payload; reader.next(payload) == FrameReader::Next::frame;) {
      const Json frame = parse_reply_json(payload).value();
      if (frame.contains("rows")) read += frame["rows"].size();
    }
    missed += one->num_missed();
  }
  done = true;
  pipeline.join();
  EXPECT_EQ(read, watchers.counters().get(WatchCounter::sessions_shown));
  EXPECT_EQ(missed, watchers.counters().get(WatchCounter::sessions_missed));
  EXPECT_GT(read, 0u);
}

}  // namespace
}  // namespace control
