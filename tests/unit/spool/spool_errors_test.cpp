// SPDX-License-Identifier: Apache-2.0
// Calls of the system that fail: strace makes them, in a process of its own.
#include "tests/unit/spool/spool_under_test.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <sstream>

namespace control {
namespace {

using tests::load_number;
using tests::payload_number;

constexpr uint64_t kFaultyRecords = 40;
constexpr size_t kFaultyRecordBytes = 300;

#ifdef SPOOL_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// What spool_writer said.
struct Said {
  int64_t epoch = 0;
  std::map<uint64_t, std::string> appended;
  std::vector<std::string> records;
  std::map<std::string, uint64_t> counters;
  bool disk_ok = false;
  bool is_whole = false;

  [[nodiscard]] uint64_t get(SpoolCounter counter) const {
    return counters.at(std::string(name_of(counter)));
  }
  [[nodiscard]] uint64_t count(const std::string& fate) const {
    return static_cast<uint64_t>(
        std::ranges::count_if(appended, [&](const auto& record) { return record.second == fate; }));
  }
};

Said parse(const std::string& output) {
  Said said;
  std::istringstream lines(output);
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string word;
    std::string name;
    words >> word;
    if (word == "epoch") words >> said.epoch;
    if (word == "appended") {
      uint64_t number = 0;
      words >> number;
      words >> said.appended[number];
    }
    if (word == "record") {
      std::string rest;
      std::getline(words, rest);
      said.records.push_back(rest);
    }
    if (word == "counter") {
      words >> name;
      words >> said.counters[name];
    }
    if (word == "disk_ok") said.disk_ok = line == "disk_ok yes";
    if (word == "waiting") said.is_whole = true;
  }
  return said;
}

class SpoolErrors : public testing::Test {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "strace and sanitizers do not go together";
    if (std::system("strace -o /dev/null true") != 0) GTEST_SKIP() << "strace cannot be used";
  }

  // `faults`: what strace makes fail. `rest`: the program's arguments from SYNC on.
  Said run(const std::vector<std::string>& faults, const std::string& rest) {
    std::string command = "strace -f -o /dev/null -e trace=pwrite64,ftruncate,fdatasync,renameat";
    for (const std::string& fault : faults)
      command += " -e inject=" + fault;
    command += std::string(" ") + SPOOL_WRITER + " " + options_.directory + " " +
               std::to_string(kFaultyRecords) + " " + std::to_string(kFaultyRecordBytes) + " " +
               rest + " 2>/dev/null";
    std::FILE* const pipe = popen(command.c_str(), "r");
    std::string output;
    std::array<char, 4096> part = {};
    while (const size_t got = fread(part.data(), 1, part.size(), pipe)) {
      output.append(part.data(), got);
    }
    EXPECT_EQ(pclose(pipe), 0) << command << "\n" << output;
    Said said = parse(output);
    EXPECT_TRUE(said.is_whole) << output;
    return said;
  }

  // All that was not refused came out once and in order, and the book says the same.
  static void expect_all_out(const Said& said) {
    std::vector<std::string> expected;
    int64_t seq = 0;
    for (const auto& [number, fate] : said.appended) {
      if (fate == "refused") continue;
      std::string line = " " + std::to_string(++seq) + " ";
      line += std::to_string(load_number(number).rows) + " record " + std::to_string(number);
      expected.push_back(line);
    }
    EXPECT_EQ(said.records, expected);
    EXPECT_EQ(said.get(SpoolCounter::records_appended), kFaultyRecords);
    EXPECT_EQ(said.get(SpoolCounter::records_refused), said.count("refused"));
    EXPECT_EQ(said.get(SpoolCounter::records_in_memory_only), said.count("in_memory_only"));
    EXPECT_EQ(said.get(SpoolCounter::records_dropped_damaged), 0U);
  }

  // The next run finds what is on disk, and misses exactly what had been in memory alone before
  // something that is on disk.
  void expect_all_on_disk(const Said& said) {
    const auto spool = tests::open_spool(options_);
    const auto records = tests::take_all(*spool);
    std::vector<uint64_t> numbers;
    SpoolAmount missed;
    SpoolAmount missed_so_far;
    for (const auto& [number, fate] : said.appended) {
      if (fate == "in_memory_only") missed_so_far += SpoolAmount{1, load_number(number)};
      if (fate != "on_disk") continue;
      numbers.push_back(number);
      missed = missed_so_far;
    }
    ASSERT_EQ(records.size(), numbers.size());
    for (size_t i = 0; i < numbers.size(); ++i) {
      EXPECT_EQ(records[i].epoch, said.epoch);
      EXPECT_EQ(*records[i].payload, payload_number(numbers[i], kFaultyRecordBytes));
    }
    EXPECT_EQ(tests::counted(*spool, SpoolFate::dropped_damaged), missed);
    tests::expect_balance(*spool);
  }

  const tests::TemporaryDirectory directory_;
  const Spool::Options options_ = tests::small_spool(directory_.path());
};

// The first pwrite() is of the file `released`, the others are of a record each.
TEST_F(SpoolErrors, OfOneWriteAreMended) {
  const Said said = run({"pwrite64:error=EIO:when=6"}, "none drop 0");
  EXPECT_EQ(said.count("on_disk"), kFaultyRecords);
  EXPECT_EQ(said.get(SpoolCounter::write_errors), 1U);
  EXPECT_TRUE(said.disk_ok);
  expect_all_out(said);
  expect_all_on_disk(said);
}

TEST_F(SpoolErrors, OfOneWriteThatCannotBeTakenBackAreMended) {
  const Said said = run({"pwrite64:error=EIO:when=6", "ftruncate:error=EIO:when=1"}, "none drop 0");
  EXPECT_EQ(said.count("on_disk"), kFaultyRecords);
  expect_all_out(said);
  expect_all_on_disk(said);
}

TEST_F(SpoolErrors, OfTwoWritesLeaveTheRecordInMemory) {
  const Said said = run({"pwrite64:error=EIO:when=6..7"}, "none drop");
  EXPECT_EQ(said.count("in_memory_only"), 1U);
  EXPECT_EQ(said.appended.at(5), "in_memory_only");
  EXPECT_TRUE(said.disk_ok);
  expect_all_out(said);
  expect_all_on_disk(said);
}

TEST_F(SpoolErrors, OfAllWritesFillMemoryAndThenRefuse) {
  const Said said = run({"pwrite64:error=EIO:when=6+"}, "none drop 5000");
  EXPECT_EQ(said.count("on_disk"), 4U);
  EXPECT_GT(said.count("in_memory_only"), 5U);
  EXPECT_GT(said.count("refused"), 15U);
  EXPECT_FALSE(said.disk_ok);
  expect_all_out(said);
  expect_all_on_disk(said);
}

TEST_F(SpoolErrors, OfAFullDiskLetTheOldestGo) {
  // Segments hold more than 40 of these: none is complete, and there is nothing to drop.
  const Said said = run({"pwrite64:error=ENOSPC:when=6"}, "none drop 0");
  EXPECT_EQ(said.count("on_disk"), kFaultyRecords);
  expect_all_out(said);
  const Said stopped = run({"pwrite64:error=ENOSPC:when=3+"}, "none stop 2000");
  EXPECT_GT(stopped.count("refused"), 10U);
}

TEST_F(SpoolErrors, OfAConfirmationAreNeverTrusted) {
  // The first fdatasync() is of the file `released`, the sixth of the fifth record.
  const Said said = run({"fdatasync:error=EIO:when=6"}, "record drop 0");
  EXPECT_EQ(said.count("on_disk"), kFaultyRecords);
  EXPECT_EQ(said.get(SpoolCounter::sync_errors), 1U);
  EXPECT_GE(said.get(SpoolCounter::segments_begun), 3U);
  EXPECT_TRUE(said.disk_ok);
  expect_all_out(said);
  expect_all_on_disk(said);
}

TEST_F(SpoolErrors, OfAConfirmationThatCannotBeTakenBackGiveNoDoubles) {
  const Said said =
      run({"fdatasync:error=EIO:when=6", "ftruncate:error=EIO:when=1"}, "record drop 0");
  EXPECT_EQ(said.count("on_disk"), kFaultyRecords);
  expect_all_out(said);
  expect_all_on_disk(said);
}

// Nor if the process is killed before it could name the segment: both have the record.
TEST_F(SpoolErrors, OfAConfirmationAndANameGiveNoDoubles) {
  const Said said = run(
      {"fdatasync:error=EIO:when=6", "ftruncate:error=EIO:when=1", "renameat:error=EIO:when=1+"},
      "record drop 0");
  EXPECT_EQ(said.count("on_disk"), kFaultyRecords);
  EXPECT_GT(said.get(SpoolCounter::write_errors), 1U);
  expect_all_out(said);
  expect_all_on_disk(said);
}

TEST_F(SpoolErrors, OfAllConfirmationsLeaveRecordsInMemory) {
  const Said said = run({"fdatasync:error=EIO:when=6+"}, "record drop");
  EXPECT_EQ(said.count("on_disk"), 4U);
  EXPECT_EQ(said.count("in_memory_only"), kFaultyRecords - 4);
  EXPECT_FALSE(said.disk_ok);
  expect_all_out(said);
  expect_all_on_disk(said);
}

TEST_F(SpoolErrors, OfASegmentsConfirmationAreCounted) {
  const Said said = run({"fdatasync:error=EIO:when=2+"}, "segment drop 0");
  EXPECT_EQ(said.count("on_disk"), kFaultyRecords);
  EXPECT_GT(said.get(SpoolCounter::sync_errors), 0U);
  expect_all_out(said);
}

}  // namespace
}  // namespace control
