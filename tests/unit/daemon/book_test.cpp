// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/book.hpp"

#include "control/daemon/offline_tap.hpp"
#include "control/daemon/summary.hpp"
#include "tests/support/corpus.hpp"
#include "tests/support/effort.hpp"
#include "tests/unit/daemon/random_traffic.hpp"
#include "tests/unit/daemon/small_tap.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <set>
#include <thread>

namespace control {
namespace {

using dataplane::DropReason;
using dataplane::PathCounter;
using tls::PipelineCounter;

void expect_balanced(const BookCounts& counts) {
  for (const BookEquation& equation : book_equations())
    EXPECT_EQ(equation.open(counts), 0) << equation.name << ": " << equation.text;
  const BookStatement statement = make_statement(counts, BookMoment::end);
  EXPECT_TRUE(statement.balanced) << statement.verdict;
  EXPECT_EQ(statement.under_way, 0u);
}

std::set<std::string> parts_of(const BookStatement& statement) {
  std::set<std::string> out;
  for (const BookLine& line : statement.lines) {
    if (line.depth > 0) out.emplace(line.name);
  }
  return out;
}

// One run of random traffic over a tap with little room. Meanwhile another thread reads the book,
// as `tapseal status` does.
void play(tests::SmallTap& tap, tests::RandomTraffic& traffic, size_t rounds) {
  std::atomic<bool> done{false};
  std::atomic<int> num_reads{0};
  std::thread reader([&] {
    while (!done) {
      const BookCounts counts = tap.counts();
      for (const BookEquation& equation : book_equations())
        ASSERT_GE(equation.open(counts), 0) << equation.name << ": " << equation.text;
      ASSERT_TRUE(make_statement(counts, BookMoment::live).balanced);
      ++num_reads;
      std::this_thread::yield();
    }
  });
  for (size_t round = 0; round < rounds || num_reads < 10; ++round) {
    const std::vector<tests::ByteString> frames = traffic.mixture(1 + traffic.below(20));
    std::span<const tests::ByteString> left(frames);
    while (!left.empty()) {
      const size_t burst = std::min<size_t>(1 + traffic.below(8), left.size());
      tap.accept(left.first(burst));
      left = left.subspan(burst);
    }
    tap.pass_time(std::chrono::milliseconds(traffic.below(3000)));
  }
  done = true;
  reader.join();
}

TEST(Book, BalancesOverRandomTrafficWithLittleRoom) {
  std::set<std::string> outcomes;
  for (uint32_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(seed);
    tests::RandomTraffic traffic(seed);
    tests::SmallTap tap({.flows_max = seed % 2 == 0 ? 16u : 64u,
                         .captures_max = seed % 3 == 0 ? 3u : 16u,
                         .handoff_capacity = seed % 3 == 1 ? 1u : 16u,
                         .sink_takes = std::chrono::microseconds(seed % 3 == 1 ? 3000 : 0)});
    play(tap, traffic, 120);
    tap.end();
    const BookCounts counts = tap.counts();
    expect_balanced(counts);
    EXPECT_EQ(counts.get(PipelineCounter::sessions), tap.num_records());
    EXPECT_EQ(tap.num_flows(), 0u);
    outcomes.merge(parts_of(make_statement(counts, BookMoment::end)));
  }
  // Else the runs would have proved less than they claim.
  for (const char* const outcome :
       {"complete", "client_hello_missing", "server_hello_missing", "client_hello_cut",
        "server_flight_cut", "gap", "too_large", "malformed", "alert", "undecryptable",
        "capture_pool_empty", "unanswered_displaced", "handoff_full"}) {
    EXPECT_TRUE(outcomes.contains(outcome)) << outcome << " never came about";
  }
}

TEST(Book, SaysWhatIsUnderWay) {
  tests::SmallTap tap({.captures_max = 16, .handoff_capacity = 16});
  tests::Conversation open(tests::v4(1, 40000), tests::v4(2, 443));
  tap.accept(open.handshake());
  tap.accept(open.client_sends(tests::client_hello()));
  const BookStatement live = make_statement(tap.counts(), BookMoment::live);
  EXPECT_EQ(live.began, 1u);
  EXPECT_EQ(live.under_way, 1u);
  EXPECT_TRUE(live.balanced);
  EXPECT_EQ(live.verdict, "balanced: 1 began like TLS, 0 have their outcome, 1 are under way");
  EXPECT_TRUE(parts_of(live).contains("on_cores"));
  tap.end();
  const BookStatement end = make_statement(tap.counts(), BookMoment::end);
  EXPECT_EQ(end.verdict, "balanced: 1 began like TLS, each has one outcome");
  EXPECT_EQ(parts_of(end), std::set<std::string>{"server_hello_missing"});
}

// A hello in a flow that the table has no place for is an outcome, too.
TEST(Book, CountsHellosThatMeetAFullTable) {
  tests::SmallTap tap({.flows_max = 16, .captures_max = 4, .handoff_capacity = 4});
  // Established flows make no place for newcomers.
  for (uint16_t port = 0; port < 16; ++port) {
    tests::Conversation plain(tests::v4(1, static_cast<uint16_t>(50000 + port)), tests::v4(2, 80));
    tap.accept(plain.handshake());
    tap.accept(plain.client_sends(tests::text("nothing like it")));
  }
  ASSERT_EQ(tap.num_flows(), 16u);
  tests::Conversation late(tests::v4(9, 40000), tests::v4(2, 443));
  tap.accept(late.handshake());
  tap.accept(late.client_sends(tests::tls13_client()));
  tap.accept(late.server_sends(tests::tls13_server()));
  tap.end();
  const BookCounts counts = tap.counts();
  EXPECT_EQ(counts.get(PathCounter::hellos_refused), 1u);
  EXPECT_GT(counts.get(DropReason::flow_table_full), 1u);
  EXPECT_EQ(make_statement(counts, BookMoment::end).began, 1u);
  EXPECT_EQ(counts.get(PathCounter::flows_drained), 16u);
  expect_balanced(counts);
}

// A book that is wrong is told from one that is not, by the equation that breaks.
TEST(Book, SaysWhichEquationBreaks) {
  dataplane::CoreCounters core;
  const tls::PipelineCounters pipeline;
  const dataplane::CoreCounters* const cores[] = {&core};
  core.path.add(PathCounter::flows_tls);
  const BookStatement lost = make_statement(BookCounts::read(cores, pipeline), BookMoment::end);
  EXPECT_FALSE(lost.balanced);
  EXPECT_TRUE(lost.verdict.starts_with("not balanced: began = ")) << lost.verdict;
  EXPECT_TRUE(lost.verdict.find("off by 1;") != std::string::npos) << lost.verdict;
  core.drops.add(DropReason::handoff_full, 2);
  const BookStatement twice = make_statement(BookCounts::read(cores, pipeline), BookMoment::live);
  EXPECT_FALSE(twice.balanced);
  EXPECT_TRUE(twice.verdict.find("off by -1;") != std::string::npos) << twice.verdict;
}

// Captures of a folder through one tap each, all or one in `every`; returns how many began like
// TLS.
uint64_t read_folder(const std::filesystem::path& folder, uint64_t every) {
  uint64_t began = 0, number = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.path().extension().string().starts_with(".pcap")) continue;
    if (number++ % every != 0) continue;
    auto file = dataplane::CaptureFile::open(entry.path());
    if (!file) continue;
    struct Sink final : tls::RecordSink {
      void accept(tls::RecordBatch&& batch) override { records += batch.size(); }
      uint64_t records = 0;
    } sink;
    OfflineTap tap({.flows_max = 1 << 14, .hash_seed = 1});
    tls::Pipeline pipeline({}, {&tap.exchange()}, sink);
    std::thread worker([&] { pipeline.run(); });
    static_cast<void>(tap.read(file.value()));
    pipeline.request_stop();
    worker.join();
    const dataplane::CoreCounters* const core = &tap.counters();
    const BookCounts counts = BookCounts::read({&core, 1}, pipeline.counters());
    SCOPED_TRACE(entry.path());
    expect_balanced(counts);
    EXPECT_EQ(counts.get(PipelineCounter::sessions), sink.records);
    began += make_statement(counts, BookMoment::end).began;
  }
  return began;
}

TEST(Book, BalancesForOwnCaptures) {
  EXPECT_EQ(read_folder(std::filesystem::path(TAPSEAL_SOURCE_ROOT) / "tests/golden/own", 1), 12u);
}

TEST(Book, BalancesForEveryCaptureOfTheCorpus) {
  const auto corpus = tests::corpus_path(TAPSEAL_CORPUS_DEFAULT);
  if (!corpus) GTEST_SKIP() << "no corpus: set TAPSEAL_CORPUS";
  EXPECT_GT(read_folder(*corpus, 8 / tests::effort(8)), tests::effort(1000u));
}

TEST(Summary, SaysTheSameToPeopleAndPrograms) {
  tests::SmallTap tap({.captures_max = 16, .handoff_capacity = 16});
  tests::Conversation whole(tests::v4(1, 40000), tests::v4(2, 443));
  tap.accept(whole.handshake());
  tap.accept(whole.client_sends(tests::tls13_client()));
  tap.end();
  const std::string text = summary_text(tap.counts());
  EXPECT_NE(text.find("\n             1  began                     flows that began like TLS\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("\nbalanced: 1 began like TLS, each has one outcome\n"), std::string::npos);
  const std::string json = summary_json(tap.counts());
  EXPECT_NE(json.find(R"("balanced":true)"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("book":{"began":1,"reported":1,"server_hello_missing":1,)"),
            std::string::npos)
      << json;
  EXPECT_TRUE(json.ends_with("}\n"));
}

}  // namespace
}  // namespace control
