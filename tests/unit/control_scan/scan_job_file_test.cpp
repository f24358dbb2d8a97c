// SPDX-License-Identifier: Apache-2.0
#include "control/scan/scan_job_file.hpp"

#include "control/config/address_text.hpp"
#include "control/config/settings_loader.hpp"
#include "control/scan/scan_config_hash.hpp"
#include "tests/unit/control/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <random>

namespace control {
namespace {

ScanJobRecord sample(uint32_t id) {
  ScanJobRecord job;
  job.id = id;
  job.uid = 1000;
  job.who = "ops \"one\"";
  job.started = flowtable::tick_from_ns(1'790'000'000'123'456'789);
  job.state = ScanState::paused;
  job.note = "line\nfeed and \x01";
  job.arguments = R"({"targets":["10.0.0.0/8"],"ports":"tls"})";
  job.config_hash = std::string(64, 'a');
  job.seed = 0xffff'ffff'ffff'ffff;
  job.resolved = true;
  job.targets = {{{parse_single_address("10.0.0.1").value()}, "a.example", std::nullopt},
                 {{parse_single_address("2001:db8::1").value()}, "", 8443}};
  job.unresolved = {{"b.example", 25, "Name or service not known"}, {"c.example", {}, "x"}};
  job.shards = {{0, 3, 12345, true, {6, 1, 2, 0, 3, 0, 9}},
                {2, 3, uint64_t{1} << 62, false, {1, 2, 3, 4, 5, 6, 7}}};
  job.list_position = 4;
  job.list_counts = {5, 1, 1, 1, 1, 1, 8};
  job.tls = 7;
  job.certificates = 3;
  return job;
}

void expect_equal(const ScanJobRecord& a, const ScanJobRecord& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.uid, b.uid);
  EXPECT_EQ(a.who, b.who);
  EXPECT_EQ(a.started, b.started);
  EXPECT_EQ(a.ended, b.ended);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.note, b.note);
  EXPECT_EQ(a.arguments, b.arguments);
  EXPECT_EQ(a.config_hash, b.config_hash);
  EXPECT_EQ(a.seed, b.seed);
  EXPECT_EQ(a.resolved, b.resolved);
  EXPECT_EQ(a.targets, b.targets);
  ASSERT_EQ(a.unresolved.size(), b.unresolved.size());
  for (size_t i = 0; i < a.unresolved.size(); ++i) {
    EXPECT_EQ(a.unresolved[i].name, b.unresolved[i].name);
    EXPECT_EQ(a.unresolved[i].port, b.unresolved[i].port);
    EXPECT_EQ(a.unresolved[i].why, b.unresolved[i].why);
  }
  EXPECT_EQ(a.shards, b.shards);
  EXPECT_EQ(a.list_position, b.list_position);
  EXPECT_EQ(a.list_counts, b.list_counts);
  EXPECT_EQ(a.tls, b.tls);
  EXPECT_EQ(a.certificates, b.certificates);
}

std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string refusal_of(std::string_view text) {
  const auto parsed = parse_scan_job(text);
  return parsed.ok() ? "accepted" : parsed.error().message;
}

TEST(ScanJobText, ReadsBackAsItWasWritten) {
  const ScanJobRecord job = sample(7);
  const auto again = parse_scan_job(scan_job_text(job));
  ASSERT_TRUE(again.ok()) << again.error().message;
  expect_equal(job, again.value());
  ScanJobRecord least;
  least.id = 1;
  const auto least_again = parse_scan_job(scan_job_text(least));
  ASSERT_TRUE(least_again.ok()) << least_again.error().message;
  expect_equal(least, least_again.value());
}

TEST(ScanJobText, TextsThatAreNoUtf8DoNotStopASave) {
  ScanJobRecord job = sample(7);
  job.note = "\xff\xfe";
  EXPECT_TRUE(parse_scan_job(scan_job_text(job)).ok());
}

TEST(ScanJobText, EveryTruncationIsRefused) {
  const std::string text = scan_job_text(sample(7));
  for (size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(parse_scan_job(std::string_view(text).substr(0, size)).ok()) << size;
}

TEST(ScanJobText, EveryChangedByteIsRefused) {
  const std::string text = scan_job_text(sample(7));
  std::mt19937 random(5);
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ static_cast<char>(1 + random() % 255));
    EXPECT_FALSE(parse_scan_job(changed).ok()) << i;
  }
}

TEST(ScanJobText, SaysWhatIsWrong) {
  const std::string text = scan_job_text(sample(7));
  std::string other = text;
  other.replace(other.find("\"version\":1"), 11, "\"version\":2");
  EXPECT_EQ(refusal_of(other), "has version 2, known is 1: it was written by another tapseal");
  EXPECT_EQ(refusal_of(""), "is no JSON, or only a part of it");
  EXPECT_EQ(refusal_of("[]"), "`` is no object");
  EXPECT_EQ(refusal_of("{}"), "`version` is missing");
  EXPECT_EQ(refusal_of(R"({"version":1})"), "`sha256` is missing");
  other = text;
  other.replace(other.find("12345"), 5, "12346");
  EXPECT_EQ(refusal_of(other), "is not as it was written: its SHA-256 is another");
  // With a right digest the members are judged: as another version could have written them.
  ScanJobRecord job = sample(7);
  job.shards[0].shard = 3;
  EXPECT_EQ(refusal_of(scan_job_text(job)), "`job.shards[0].shard` is not below `shards`");
  job = sample(7);
  job.targets[1].port = 0;
  EXPECT_EQ(refusal_of(scan_job_text(job)), "`job.targets[1].port` is no port");
  job.id = 0;
  EXPECT_EQ(refusal_of(scan_job_text(job)), "`job.id` is 0");
}

TEST(ScanJobFiles, KeepJobsByTheirNumber) {
  const TemporaryDirectory place;
  const auto files = ScanJobFiles::open(place / "scans");
  ASSERT_TRUE(files.ok()) << files.error().message;
  EXPECT_EQ(files.value().next_id(), 1u);
  ASSERT_TRUE(files.value().save(sample(10)).ok());
  ASSERT_TRUE(files.value().save(sample(2)).ok());
  ScanJobRecord changed = sample(2);
  changed.state = ScanState::finished;
  ASSERT_TRUE(files.value().save(changed).ok());
  EXPECT_EQ(files.value().next_id(), 11u);
  ASSERT_TRUE(files.value().save(sample(5)).ok());
  files.value().remove(5);
  files.value().remove(6);

  const auto again = ScanJobFiles::open(place / "scans");
  ASSERT_TRUE(again.ok());
  std::vector<std::string> problems;
  const std::vector<ScanJobRecord> jobs = again.value().load_all(problems);
  EXPECT_TRUE(problems.empty());
  ASSERT_EQ(jobs.size(), 2u);
  expect_equal(jobs[0], changed);
  expect_equal(jobs[1], sample(10));
}

TEST(ScanJobFiles, UnreadableOnesAreNamedAndKeepTheirNumber) {
  const TemporaryDirectory place;
  const std::string scans = place / "scans";
  const auto files = ScanJobFiles::open(scans);
  ASSERT_TRUE(files.value().save(sample(3)).ok());
  write_file(scans + "/8.json", "{");
  std::filesystem::copy(scans + "/3.json", scans + "/9.json");
  // None of these is a job: what a killed save leaves behind, and strangers.
  for (const char* name : {"/3.json.new", "/03.json", "/x.json", "/0.json", "/77.txt"})
    write_file(scans + name, "{");
  std::vector<std::string> problems;
  EXPECT_EQ(files.value().load_all(problems).size(), 1u);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0], scans +
                             "/8.json: is no JSON, or only a part of it; put a copy of it "
                             "back, or move it away to give up this scan");
  EXPECT_EQ(problems[1], scans +
                             "/9.json: is of scan 3; put a copy of it back, or move it away to "
                             "give up this scan");
  EXPECT_EQ(files.value().next_id(), 10u);
}

TEST(ScanJobFiles, APlaceThatCannotBeIsRefused) {
  const TemporaryDirectory place;
  write_file(place / "file", "");
  EXPECT_FALSE(ScanJobFiles::open(place / "file").ok());
  EXPECT_FALSE(ScanJobFiles::open(place / "a/b").ok());
}

// A disk that is full after so many bytes: the save says so, and the old text stays.
TEST(ScanJobFiles, AWriteThatFailsAnywhereLeavesTheOldText) {
  const TemporaryDirectory place;
  const std::string scans = place / "scans";
  const auto files = ScanJobFiles::open(scans);
  ASSERT_TRUE(files.value().save(sample(1)).ok());
  const std::string old = file_text(scans + "/1.json");
  ScanJobRecord changed = sample(1);
  changed.note = "changed";
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const size_t size = scan_job_text(changed).size();
    for (size_t room = 0; room < size; room += 5) {
      const rlimit limit{room, RLIM_INFINITY};
      setrlimit(RLIMIT_FSIZE, &limit);
      if (files.value().save(changed).ok() || file_text(scans + "/1.json") != old) _exit(1);
    }
    const rlimit limit{size, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &limit);
    _exit(files.value().save(changed).ok() ? 0 : 2);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(file_text(scans + "/1.json"), scan_job_text(changed));
}

TEST(ScanJobFiles, AKilledSaveLeavesTheOldOrTheNewText) {
  const TemporaryDirectory place;
  const std::string scans = place / "scans";
  const auto files = ScanJobFiles::open(scans);
  ScanJobRecord job = sample(1);
  ASSERT_TRUE(files.value().save(job).ok());
  std::mt19937 random(9);
  for (int round = 0; round < 60; ++round) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      for (uint64_t step = 0;; ++step) {
        job.shards[1].step = step;
        job.note.assign(step % 5000, 'x');
        if (!files.value().save(job).ok()) _exit(1);
      }
    }
    usleep(static_cast<useconds_t>(random() % 6000));
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    std::vector<std::string> problems;
    const std::vector<ScanJobRecord> jobs = files.value().load_all(problems);
    ASSERT_EQ(jobs.size(), 1u) << (problems.empty() ? "" : problems[0]);
    ASSERT_TRUE(problems.empty());
  }
}

TEST(ScanConfigHash, ChangesWithWhatAScanMayDoAndWithNothingElse) {
  const auto hash = [](std::string_view text) {
    const auto loaded = load_settings_text(text, {"t", {}, {false, "/h", "", "", "", "n"}});
    return scan_config_hash(loaded.value().settings);
  };
  EXPECT_EQ(hash("").size(), 64u);
  EXPECT_EQ(hash(""), hash("run: {sensor: other}\nflow_table: {flows_max: 64}\n"));
  EXPECT_NE(hash(""), hash("scan: {allow: [10.0.0.0/8]}\n"));
  EXPECT_NE(hash("scan: {allow: [10.0.0.0/8]}\n"), hash("scan: {exclude: [10.0.0.0/8]}\n"));
  EXPECT_NE(hash(""), hash("scan: {host_rate_max: 11}\n"));
}

}  // namespace
}  // namespace control
