// SPDX-License-Identifier: Apache-2.0
#include "control/spool/spool.hpp"

#include "tests/unit/spool/spool_under_test.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

namespace control {
namespace {

using tests::counted;
using tests::expect_balance;
using tests::load_number;
using tests::open_spool;
using tests::payload_number;
using tests::take_all;
using tests::TemporaryDirectory;
using tests::waiting;

std::chrono::steady_clock::time_point in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}
constexpr std::chrono::milliseconds kSoon{20};
constexpr std::chrono::seconds kLong{20};

void append(Spool& spool, uint64_t from, uint64_t count, size_t bytes = 300) {
  for (uint64_t i = from; i < from + count; ++i) {
    ASSERT_EQ(spool.append(load_number(i), payload_number(i, bytes)), Spool::Appended::on_disk);
  }
}

void expect_records(const std::vector<SpoolRecord>& records, uint64_t from, uint64_t count,
                    size_t bytes = 300) {
  ASSERT_EQ(records.size(), count);
  for (uint64_t i = 0; i < count; ++i) {
    EXPECT_EQ(records[i].seq, static_cast<int64_t>(from + i));
    EXPECT_EQ(records[i].load, load_number(from + i));
    EXPECT_EQ(*records[i].payload, payload_number(from + i, bytes));
  }
}

TEST(Spool, GivesBackWhatWasAppendedInOrder) {
  const TemporaryDirectory directory;
  for (const uint64_t memory : {uint64_t{0}, uint64_t{2000}, uint64_t{1} << 20}) {
    Spool::Options options = tests::small_spool(directory.path());
    options.memory_bytes_max = memory;
    const auto spool = open_spool(options);
    append(*spool, 1, 100);
    EXPECT_GT(spool->counters().get(SpoolCounter::segments_sealed), 3U);
    EXPECT_GT(spool->counters().get(SpoolCounter::segments_begun), 3U);
    EXPECT_GT(spool->counters().get(SpoolCounter::bytes_written), 10000U);
    EXPECT_EQ(spool->counters().get(SpoolCounter::records_appended), 100U);
    EXPECT_GT(spool->counters().get(SpoolCounter::rows_appended), 100U);
    EXPECT_GT(spool->counters().get(SpoolCounter::scan_rows_appended), 100U);
    EXPECT_GT(spool->counters().get(SpoolCounter::audit_rows_appended), 90U);
    expect_records(take_all(*spool), 1, 100);
    expect_balance(*spool);
    spool->release(spool->epoch(), 100);
    expect_balance(*spool);
    EXPECT_EQ(spool->counters().get(SpoolCounter::records_released), 100U);
    EXPECT_GT(spool->counters().get(SpoolCounter::rows_released), 100U);
    EXPECT_GT(spool->counters().get(SpoolCounter::scan_rows_released), 100U);
    EXPECT_GT(spool->counters().get(SpoolCounter::audit_rows_released), 90U);
    EXPECT_GT(spool->counters().get(SpoolCounter::segments_released), 3U);
    EXPECT_EQ(spool->state().records, 0U);
    EXPECT_EQ(spool->state().bytes, 0U);
    EXPECT_TRUE(tests::segment_files(options.directory).empty());
  }
}

TEST(Spool, KeepsWhatWasNotReleasedForTheNextRun) {
  const TemporaryDirectory directory;
  const Spool::Options options = tests::small_spool(directory.path());
  int64_t first_epoch = 0;
  {
    const auto spool = open_spool(options);
    first_epoch = spool->epoch();
    append(*spool, 1, 50);
    for (int i = 0; i < 20; ++i)
      ASSERT_TRUE(spool->next(in(kLong)));
    spool->release(first_epoch, 17);
  }
  const auto spool = open_spool(options);
  EXPECT_GT(spool->epoch(), first_epoch);
  EXPECT_EQ(spool->counters().get(SpoolCounter::records_recovered), 33U);
  EXPECT_GT(spool->counters().get(SpoolCounter::rows_recovered), 33U);
  EXPECT_GT(spool->counters().get(SpoolCounter::scan_rows_recovered), 33U);
  EXPECT_GT(spool->counters().get(SpoolCounter::audit_rows_recovered), 30U);
  EXPECT_TRUE(spool->state().oldest.has_value());
  append(*spool, 1, 1);
  auto records = take_all(*spool);
  ASSERT_EQ(records.size(), 34U);
  EXPECT_EQ(records.back().epoch, spool->epoch());
  EXPECT_EQ(records.back().seq, 1);
  records.pop_back();
  EXPECT_EQ(records.front().epoch, first_epoch);
  expect_records(records, 18, 33);
  spool->release(spool->epoch(), 1);
  EXPECT_EQ(spool->state().records, 0U);
  expect_balance(*spool);
}

TEST(Spool, HandsOutAgainAfterARewindWhatIsNotReleased) {
  const TemporaryDirectory directory;
  const auto spool = open_spool(tests::small_spool(directory.path()));
  append(*spool, 1, 60);
  for (int i = 0; i < 40; ++i)
    ASSERT_TRUE(spool->next(in(kLong)));
  spool->release(spool->epoch(), 25);
  spool->rewind();
  for (int64_t seq = 26; seq < 31; ++seq)
    EXPECT_EQ(spool->next(in(kLong))->seq, seq);
  spool->rewind();
  // Released without being handed out again: the connection died after the COMMIT.
  spool->release(spool->epoch(), 28);
  expect_balance(*spool);
  EXPECT_EQ(spool->counters().get(SpoolCounter::records_released), 28U);
  expect_records(take_all(*spool), 29, 32);
  expect_balance(*spool);
}

// What the counters say was appended is on disk: somebody may look at any moment, and be killed.
TEST(Spool, CountsNothingAsAppendedBeforeItIs) {
  const TemporaryDirectory directory;
  Spool::Options options = tests::small_spool(directory.path());
  std::vector<uint64_t> counted_meanwhile;
  Spool* spool = nullptr;
  options.log = [&](std::string_view) {
    counted_meanwhile.push_back(spool->counters().get(SpoolCounter::records_appended));
  };
  const auto opened = open_spool(options);
  spool = opened.get();
  std::filesystem::remove_all(options.directory);
  (void)spool->append(load_number(1), payload_number(1, 300));
  ASSERT_FALSE(counted_meanwhile.empty()) << "the disk took it";
  EXPECT_EQ(counted_meanwhile.front(), 0U);
  EXPECT_EQ(spool->counters().get(SpoolCounter::records_appended), 1U);
  expect_balance(*spool);
}

TEST(Spool, WaitsForARecordUntilTheDeadline) {
  const TemporaryDirectory directory;
  const auto spool = open_spool(tests::small_spool(directory.path()));
  EXPECT_FALSE(spool->next(in(kSoon)));
  std::thread producer([&] {
    std::this_thread::sleep_for(kSoon);
    append(*spool, 1, 1);
    std::this_thread::sleep_for(kSoon);
    spool->close();
  });
  EXPECT_TRUE(spool->next(in(kLong)));
  EXPECT_FALSE(spool->next(in(kLong)));  // closed and empty: long before the deadline
  producer.join();
  EXPECT_EQ(spool->append({1, 1, 1}, "late"), Spool::Appended::refused);
  expect_balance(*spool);
}

TEST(Spool, SaysWhereASegmentBegins) {
  const TemporaryDirectory directory;
  const auto spool = open_spool(tests::small_spool(directory.path()));
  uint64_t begun = 0;
  for (uint64_t i = 1; i <= 100; ++i) {
    if (spool->next_begins_segment()) ++begun;
    append(*spool, i, 1);
    EXPECT_EQ(spool->counters().get(SpoolCounter::segments_begun), begun);
  }
  EXPECT_GT(begun, 3U);
}

TEST(Spool, RefusesWhatIsTooLargeForARecord) {
  const TemporaryDirectory directory;
  const auto spool = open_spool(tests::small_spool(directory.path()));
  append(*spool, 1, 1);
  EXPECT_EQ(spool->append({1, 2, 3}, std::string(Spool::kPayloadBytesMax + 1, 'x')),
            Spool::Appended::refused);
  EXPECT_TRUE(spool->next_begins_segment());
  EXPECT_EQ(spool->append({}, std::string(Spool::kPayloadBytesMax, 'x')), Spool::Appended::on_disk);
  EXPECT_EQ(spool->append({}, {}), Spool::Appended::on_disk);
  EXPECT_EQ(spool->counters().get(SpoolCounter::records_refused), 1U);
  EXPECT_EQ(spool->counters().get(SpoolCounter::rows_refused), 1U);
  EXPECT_EQ(spool->counters().get(SpoolCounter::scan_rows_refused), 2U);
  EXPECT_EQ(spool->counters().get(SpoolCounter::audit_rows_refused), 3U);
  const auto records = take_all(*spool);
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[1].payload->size(), Spool::kPayloadBytesMax);
  EXPECT_TRUE(records[2].payload->empty());
  expect_balance(*spool);
}

TEST(Spool, IsOpenInOneProcessAtATime) {
  const TemporaryDirectory directory;
  const auto spool = open_spool(tests::small_spool(directory.path()));
  const auto second = Spool::open(tests::small_spool(directory.path()));
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message.find("in use by another process"), std::string::npos);
}

TEST(Spool, CountsASegmentThatIsGone) {
  const TemporaryDirectory directory;
  const Spool::Options options = tests::small_spool(directory.path());
  { append(*open_spool(options), 1, 100); }
  auto files = tests::segment_files(options.directory);
  ASSERT_GT(files.size(), 4U);
  // In their order: by the first number.
  std::ranges::sort(files, {}, [](const std::filesystem::path& file) {
    return std::stoi(file.filename().string().substr(file.filename().string().find('-') + 1));
  });
  std::filesystem::remove(files[0]);
  std::filesystem::remove(files[2]);
  std::ofstream(std::filesystem::path(options.directory) / "notes") << "not a segment\n";
  const auto spool = open_spool(options);
  EXPECT_EQ(spool->counters().get(SpoolCounter::files_ignored), 1U);
  EXPECT_EQ(spool->counters().get(SpoolCounter::records_recovered), 100U);
  EXPECT_GT(spool->counters().get(SpoolCounter::records_dropped_damaged), 10U);
  EXPECT_GT(spool->counters().get(SpoolCounter::rows_dropped_damaged), 10U);
  EXPECT_GT(spool->counters().get(SpoolCounter::scan_rows_dropped_damaged), 10U);
  EXPECT_GT(spool->counters().get(SpoolCounter::audit_rows_dropped_damaged), 10U);
  // And one while it is waiting to be read: nothing of it comes back.
  const auto lost = counted(*spool, SpoolFate::dropped_damaged);
  std::filesystem::remove(files[3]);
  const auto records = take_all(*spool);
  SpoolAmount came;
  for (const SpoolRecord& record : records) {
    EXPECT_EQ(record.load, load_number(static_cast<uint64_t>(record.seq)));
    came += SpoolAmount{1, record.load};
  }
  EXPECT_GT(spool->counters().get(SpoolCounter::read_errors), 0U);
  EXPECT_GT(counted(*spool, SpoolFate::dropped_damaged).records, lost.records);
  EXPECT_EQ(came, waiting(*spool));
  expect_balance(*spool);
}

}  // namespace
}  // namespace control
