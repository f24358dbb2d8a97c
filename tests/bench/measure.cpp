// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/measure.hpp"

#include <nlohmann/json.hpp>
#include <pthread.h>
#include <sched.h>

#include <cstdio>
#include <string>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace bench {
namespace {

uint64_t now_ticks() noexcept {
#if defined(__x86_64__)
  return __rdtsc();
#elif defined(__aarch64__)
  uint64_t ticks = 0;
  asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
  return 0;
#endif
}

}  // namespace

Stopwatch::Stopwatch() noexcept
    : begin_(std::chrono::steady_clock::now()), begin_ticks_(now_ticks()) {}

Taken Stopwatch::taken() const noexcept {
  const uint64_t ticks = now_ticks() - begin_ticks_;
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(),
          static_cast<double>(ticks)};
}

void print(const Row& row) {
  nlohmann::ordered_json line{
      {"case", row.case_name}, {"subject", row.subject}, {"unit", row.unit}, {"value", row.value}};
  if (row.cycles > 0) line["cycles"] = row.cycles;
  if (row.less_is_better) line["less_is_better"] = true;
  std::printf("%s\n", line.dump().c_str());
  std::fflush(stdout);
}

void print_rate(std::string_view case_name, std::string_view subject, std::string_view unit,
                double units, const Taken& taken) {
  print({case_name, subject, unit, taken.per_second(units), taken.ticks_per(units)});
}

void stay_on_cpu(unsigned cpu) noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  (void)pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

}  // namespace bench
