// SPDX-License-Identifier: Apache-2.0
// A process that appends is killed at random moments.
#include "tests/unit/spool/spool_under_test.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <random>
#include <sstream>
#include <thread>

namespace control {
namespace {

constexpr int kKills = 50;
constexpr size_t kKilledRecordBytes = 700;

// The program's standard output up to its end by SIGKILL after `time`.
std::string output_until_killed(const std::string& directory, std::chrono::microseconds time,
                                const char* sync) {
  std::array<int, 2> ends = {};
  EXPECT_EQ(pipe(ends.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    const std::string bytes = std::to_string(kKilledRecordBytes);
    execl(SPOOL_WRITER, "spool_writer", directory.c_str(), "0", bytes.c_str(), sync, nullptr);
    _exit(127);
  }
  close(ends[1]);
  std::string output;
  std::array<char, 65536> part = {};
  std::thread killer;
  while (true) {
    const ssize_t got = read(ends[0], part.data(), part.size());
    if (got <= 0) break;
    output.append(part.data(), static_cast<size_t>(got));
    // Its clock starts with its first word: it has the spool open.
    if (!killer.joinable()) {
      killer = std::thread([child, time] {
        std::this_thread::sleep_for(time);
        kill(child, SIGKILL);
      });
    }
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (killer.joinable()) killer.join();
  EXPECT_TRUE(WIFSIGNALED(status));
  return output;
}

struct KilledRun {
  int64_t epoch = 0;
  uint64_t appended = 0;
};

KilledRun killed_run_of(const std::string& output) {
  KilledRun said;
  // A line that was not completed says nothing.
  std::istringstream lines(output.substr(0, output.rfind('\n') + 1));
  std::string word;
  std::string rest;
  while (lines >> word) {
    if (word == "epoch") lines >> said.epoch;
    if (word == "appended") {
      lines >> said.appended >> rest;
      EXPECT_EQ(rest, "on_disk");
    }
  }
  return said;
}

void expect_all_kept(const Spool::Options& options, const std::vector<KilledRun>& runs) {
  const auto spool = tests::open_spool(options);
  const auto records = tests::take_all(*spool);
  size_t at = 0;
  for (const KilledRun& run : runs) {
    uint64_t number = 0;
    while (at < records.size() && records[at].epoch == run.epoch) {
      ++number;
      ASSERT_EQ(records[at].seq, static_cast<int64_t>(number));
      ASSERT_EQ(*records[at].payload, tests::payload_number(number, kKilledRecordBytes));
      ASSERT_EQ(records[at].load, tests::load_number(number));
      ++at;
    }
    // One may have been on disk before its process could say so.
    ASSERT_GE(number, run.appended);
    ASSERT_LE(number, run.appended + 1);
  }
  EXPECT_EQ(at, records.size());
  EXPECT_EQ(spool->counters().get(SpoolCounter::records_dropped_damaged), 0U);
  EXPECT_EQ(spool->counters().get(SpoolCounter::records_recovered), records.size());
  tests::expect_balance(*spool);
}

TEST(SpoolKill, LosesNothingThatWasAppended) {
  std::mt19937 random(20);
  for (const char* sync : {"none", "record"}) {
    const tests::TemporaryDirectory directory;
    const Spool::Options options = tests::small_spool(directory.path());
    std::vector<KilledRun> runs;
    uint64_t appended = 0;
    for (int i = 0; i < kKills / 2; ++i) {
      // Disks take milliseconds to confirm a record.
      const bool is_slow = std::string(sync) == "record";
      const std::chrono::microseconds time(random() % (is_slow ? 100000 : 20000));
      runs.push_back(killed_run_of(output_until_killed(options.directory, time, sync)));
      appended += runs.back().appended;
      ASSERT_NO_FATAL_FAILURE(expect_all_kept(options, runs));
    }
    EXPECT_GT(appended, 25U);
  }
}

}  // namespace
}  // namespace control
