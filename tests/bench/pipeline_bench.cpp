// SPDX-License-Identifier: Apache-2.0
// What a session costs from a capture to an observation and to its line, beside what its hashes and
// OpenSSL's reading of its certificates cost alone.
//
//   pipeline_bench DIRECTORY [CASE]     DIRECTORY: captures, tests/golden/own
#include "control/export/line_sink.hpp"
#include "tests/bench/measure.hpp"
#include "tests/bench/pipeline_recorded.hpp"
#include "tests/bench/pipeline_stages.hpp"
#include "tests/bench/pipeline_wheel.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <string>

namespace bench {
namespace {

constexpr uint64_t kKnownSessions = 150'000;
constexpr uint64_t kFreshSessions = 15'000;

struct Run {
  Leaves leaves = Leaves::known;
  unsigned workers = 1;
  control::LineSink* lines = nullptr;
};

// After a lap that fills caches and memory.
Taken run(const std::vector<Recorded>& recorded, const Run& how) {
  CaptureWheel wheel(recorded, how.leaves);
  tls::Pipeline pipeline({.workers = how.workers}, {&wheel.exchange}, wheel);
  constexpr uint64_t kWarmUp = 4096;
  const uint64_t sessions = how.leaves == Leaves::known ? kKnownSessions : kFreshSessions;
  wheel.sessions_max = kWarmUp + sessions;
  wheel.on_enough = [&] { pipeline.request_stop(); };
  Stopwatch watch;
  bool warm = false;
  wheel.on_batch = [&](const tls::RecordBatch& batch) {
    if (!warm && wheel.num_sessions() >= kWarmUp) watch = Stopwatch(), warm = true;
    if (how.lines != nullptr) how.lines->write(batch);
  };
  pipeline.run();
  const Taken taken = watch.taken();
  return {taken.seconds / static_cast<double>(sessions),
          taken.ticks / static_cast<double>(sessions)};
}

void print_us(std::string_view case_name, std::string_view subject, const Taken& one) {
  print({case_name, subject, "us/session", one.seconds * 1e6, one.ticks, true});
}

// A session in one worker, its line, and what two workers do together.
void measure_sessions(const std::vector<Recorded>& recorded, Leaves leaves, const Wanted& wanted) {
  const std::string kind = leaves == Leaves::known ? "known" : "new";
  const std::string cost = "session, certificates " + kind;
  const std::string scaling = "two workers, certificates " + kind;
  if (wanted.wants(cost) || wanted.wants(scaling)) {
    const Taken one = run(recorded, {leaves});
    print_us(cost, "tapseal", one);
    print_limits(cost, recorded, leaves);
    const Taken two = run(recorded, {leaves, 2});
    print({scaling, "tapseal", "sessions/s", 1 / two.seconds});
    print({scaling, "one worker", "sessions/s", 1 / one.seconds, one.ticks});
  }
  const std::string line = "session to its line, certificates " + kind;
  if (!wanted.wants(line)) return;
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  control::LineSink lines(nowhere, "bench");
  print_us(line, "tapseal", run(recorded, {leaves, 1, &lines}));
  print_limits(line, recorded, leaves);
  close(nowhere);
}

int measure(const std::string& directory, const Wanted& wanted) {
  const std::vector<Recorded> recorded = recorded_sessions(directory);
  if (recorded.empty()) {
    std::fprintf(stderr, "pipeline_bench: %s: no session with a certificate\n", directory.c_str());
    return 1;
  }
  measure_sessions(recorded, Leaves::known, wanted);
  measure_sessions(recorded, Leaves::fresh, wanted);
  measure_stages(recorded, wanted);
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: pipeline_bench DIRECTORY [CASE]\n");
    return 2;
  }
  return bench::measure(argv[1], {argc > 2 ? argv[2] : ""});
}
