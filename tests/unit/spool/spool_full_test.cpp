// SPDX-License-Identifier: Apache-2.0
// No room: the cap reached, and a disk that is full.
#include "tests/unit/spool/spool_under_test.hpp"

#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>

namespace control {
namespace {

using tests::counted;
using tests::expect_balance;
using tests::load_number;
using tests::payload_number;

constexpr size_t kFillingRecordBytes = 500;

std::optional<SpoolRecord> next(Spool& spool) {
  return spool.next(std::chrono::steady_clock::now() + std::chrono::seconds(20));
}

Spool::Appended append(Spool& spool, uint64_t number) {
  return spool.append(load_number(number), payload_number(number, kFillingRecordBytes));
}

Spool::Options capped(const std::filesystem::path& directory, Spool::WhenFull when_full) {
  Spool::Options options = tests::small_spool(directory);
  options.bytes_max = 20000;
  options.when_full = when_full;
  return options;
}

TEST(SpoolCap, LetsTheOldestGo) {
  const tests::TemporaryDirectory directory;
  const auto spool = tests::open_spool(capped(directory.path(), Spool::WhenFull::drop_oldest));
  constexpr uint64_t kRecords = 300;
  for (uint64_t i = 1; i <= kRecords; ++i) {
    ASSERT_EQ(append(*spool, i), Spool::Appended::on_disk);
    ASSERT_LE(spool->state().bytes, 20000U);
  }
  const auto records = tests::take_all(*spool);
  ASSERT_GT(records.size(), 15U);
  SpoolAmount dropped;
  const auto first = static_cast<uint64_t>(records.front().seq);
  for (uint64_t i = 1; i < first; ++i)
    dropped += SpoolAmount{1, load_number(i)};
  EXPECT_EQ(first + records.size() - 1, kRecords);
  EXPECT_EQ(counted(*spool, SpoolFate::dropped_full), dropped);
  EXPECT_GT(spool->counters().get(SpoolCounter::records_dropped_full), 200U);
  EXPECT_GT(spool->counters().get(SpoolCounter::rows_dropped_full), 200U);
  EXPECT_GT(spool->counters().get(SpoolCounter::scan_rows_dropped_full), 200U);
  EXPECT_GT(spool->counters().get(SpoolCounter::audit_rows_dropped_full), 200U);
  EXPECT_GT(spool->counters().get(SpoolCounter::segments_dropped), 10U);
  expect_balance(*spool);
}

// What was handed out is lost only if it is not released.
TEST(SpoolCap, LetsGoWhatIsBeingRead) {
  for (const bool releases : {true, false}) {
    const tests::TemporaryDirectory directory;
    const auto spool = tests::open_spool(capped(directory.path(), Spool::WhenFull::drop_oldest));
    for (uint64_t i = 1; i <= 10; ++i)
      append(*spool, i);
    for (int i = 0; i < 3; ++i)
      ASSERT_TRUE(next(*spool));
    for (uint64_t i = 11; i <= 100; ++i)
      append(*spool, i);
    const uint64_t dropped = spool->counters().get(SpoolCounter::records_dropped_full);
    expect_balance(*spool);
    if (releases) {
      spool->release(spool->epoch(), 3);
      EXPECT_EQ(spool->counters().get(SpoolCounter::records_released), 3U);
      EXPECT_EQ(spool->counters().get(SpoolCounter::records_dropped_full), dropped);
    } else {
      spool->rewind();
      EXPECT_EQ(spool->counters().get(SpoolCounter::records_dropped_full), dropped + 3);
    }
    expect_balance(*spool);
    const auto record = next(*spool);
    ASSERT_TRUE(record);
    EXPECT_EQ(static_cast<uint64_t>(record->seq), dropped + 4);
    EXPECT_EQ(*record->payload, payload_number(dropped + 4, kFillingRecordBytes));
  }
}

TEST(SpoolCap, RefusesUntilASegmentsWorthIsFree) {
  const tests::TemporaryDirectory directory;
  const auto spool = tests::open_spool(capped(directory.path(), Spool::WhenFull::stop));
  uint64_t number = 0;
  while (append(*spool, ++number) == Spool::Appended::on_disk) {
    ASSERT_LE(spool->state().bytes, 20000U);
  }
  const uint64_t kept = number - 1;
  EXPECT_TRUE(spool->next_begins_segment());
  EXPECT_EQ(append(*spool, ++number), Spool::Appended::refused);
  EXPECT_EQ(spool->counters().get(SpoolCounter::records_refused), 2U);
  int64_t last = 0;
  while (append(*spool, ++number) == Spool::Appended::refused) {
    last = next(*spool)->seq;
    spool->release(spool->epoch(), last);
    ASSERT_LT(last, static_cast<int64_t>(kept));
  }
  EXPECT_GT(spool->counters().get(SpoolCounter::segments_released), 0U);
  expect_balance(*spool);
  const auto records = tests::take_all(*spool);
  ASSERT_EQ(records.size(), kept - static_cast<uint64_t>(last) + 1);
  EXPECT_EQ(*records.back().payload, payload_number(number, kFillingRecordBytes));
  expect_balance(*spool);
}

TEST(SpoolCap, RefusesARecordLargerThanAll) {
  for (const auto when_full : {Spool::WhenFull::stop, Spool::WhenFull::drop_oldest}) {
    const tests::TemporaryDirectory directory;
    const auto spool = tests::open_spool(capped(directory.path(), when_full));
    append(*spool, 1);
    EXPECT_EQ(spool->append({}, payload_number(3, 30000)), Spool::Appended::refused);
    EXPECT_EQ(append(*spool, 2), Spool::Appended::on_disk);
    EXPECT_EQ(tests::take_all(*spool).size(), 2U);
    expect_balance(*spool);
  }
}

// A file system of 256 KiB.
class FullDisk : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "mounting a small tmpfs takes root";
    if (mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, "size=256k") != 0) {
      GTEST_SKIP() << "cannot mount a tmpfs: " << std::strerror(errno);
    }
    is_mounted_ = true;
  }
  void TearDown() override {
    if (is_mounted_) umount2(directory_.path().c_str(), MNT_DETACH);
  }

  const tests::TemporaryDirectory directory_;
  bool is_mounted_ = false;
};

TEST_F(FullDisk, LetsTheOldestGo) {
  Spool::Options options = tests::small_spool(directory_.path());
  options.sync = Spool::Sync::record;
  constexpr uint64_t kRecords = 3000;
  SpoolAmount dropped;
  {
    const auto spool = tests::open_spool(options);
    for (uint64_t i = 1; i <= kRecords; ++i) {
      ASSERT_EQ(append(*spool, i), Spool::Appended::on_disk);
    }
    EXPECT_GT(spool->counters().get(SpoolCounter::write_errors), 0U);
    EXPECT_TRUE(spool->state().disk_ok);
    dropped = counted(*spool, SpoolFate::dropped_full);
    EXPECT_GT(dropped.records, 1000U);
    expect_balance(*spool);
  }
  // And nothing of it is torn, nor missed by the next run.
  const auto spool = tests::open_spool(options);
  EXPECT_EQ(spool->counters().get(SpoolCounter::records_recovered), kRecords - dropped.records);
  const auto records = tests::take_all(*spool);
  ASSERT_EQ(records.size(), kRecords - dropped.records);
  for (size_t i = 0; i < records.size(); ++i) {
    const uint64_t number = dropped.records + i + 1;
    ASSERT_EQ(records[i].seq, static_cast<int64_t>(number));
    ASSERT_EQ(*records[i].payload, payload_number(number, kFillingRecordBytes));
  }
  EXPECT_EQ(spool->counters().get(SpoolCounter::records_dropped_damaged), 0U);
  expect_balance(*spool);
}

TEST_F(FullDisk, FillsMemoryAndThenRefuses) {
  Spool::Options options = tests::small_spool(directory_.path());
  options.when_full = Spool::WhenFull::stop;
  options.memory_bytes_max = 20000;
  const auto spool = tests::open_spool(options);
  uint64_t number = 0;
  std::vector<uint64_t> kept;
  uint64_t in_memory = 0;
  while (true) {
    const auto done = append(*spool, ++number);
    if (done == Spool::Appended::refused) break;
    if (done == Spool::Appended::in_memory_only) {
      ++in_memory;
      EXPECT_TRUE(spool->next_begins_segment());
    }
    kept.push_back(number);
    ASSERT_LT(number, 5000U);
  }
  EXPECT_GT(in_memory, 10U);
  EXPECT_EQ(spool->counters().get(SpoolCounter::records_in_memory_only), in_memory);
  EXPECT_FALSE(spool->state().disk_ok);
  expect_balance(*spool);
  // Room again: the disk takes it, behind what is in memory.
  ASSERT_TRUE(next(*spool));
  for (int i = 0; i < 40; ++i)
    ASSERT_TRUE(next(*spool));
  spool->release(spool->epoch(), 41);
  ASSERT_EQ(append(*spool, ++number), Spool::Appended::on_disk);
  EXPECT_TRUE(spool->state().disk_ok);
  kept.push_back(number);
  expect_balance(*spool);
  const auto records = tests::take_all(*spool);
  ASSERT_EQ(records.size() + 41, kept.size());
  for (size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(*records[i].payload, payload_number(kept[i + 41], kFillingRecordBytes));
  }
  spool->release(spool->epoch(), records.back().seq);
  EXPECT_EQ(spool->state().records, 0U);
  expect_balance(*spool);
}

}  // namespace
}  // namespace control
