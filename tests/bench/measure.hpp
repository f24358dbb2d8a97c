// SPDX-License-Identifier: Apache-2.0
// How a measuring program measures, and how it says so.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace bench {

// Of one stretch of work.
struct Taken {
  double seconds = 0;  // of the clock on the wall; the program has its CPU to itself
  double ticks = 0;    // of the CPU's time stamp counter; 0 where there is none

  [[nodiscard]] double per_second(double units) const noexcept { return units / seconds; }
  [[nodiscard]] double ticks_per(double units) const noexcept { return ticks / units; }
};

class Stopwatch {
 public:
  Stopwatch() noexcept;
  [[nodiscard]] Taken taken() const noexcept;

 private:
  std::chrono::steady_clock::time_point begin_;
  uint64_t begin_ticks_;
};

// Keeps the compiler from dropping what a value was computed for.
template <typename Value>
inline void use(const Value& value) noexcept {
  asm volatile("" : : "r,m"(value) : "memory");
}

// Which lines a run prints: an empty word stands for all.
struct Wanted {
  std::string_view case_name;
  [[nodiscard]] bool wants(std::string_view name) const noexcept {
    return case_name.empty() || name.find(case_name) != std::string_view::npos;
  }
};

struct Row {
  std::string_view case_name;  // what was asked
  std::string_view subject;    // "tapseal", or the peer's or the limit's name
  std::string_view unit;       // of `value`, "lookups/s"
  double value = 0;
  double cycles = 0;  // TSC ticks per unit of work; 0: not known
  bool less_is_better = false;
};

// One JSON object on a line of its own, flushed: what tools/benches/programs.py reads.
void print(const Row& row);

// Units of work per second, and ticks of one.
void print_rate(std::string_view case_name, std::string_view subject, std::string_view unit,
                double units, const Taken& taken);

// Runs the calling thread on one CPU, if the machine lets it.
void stay_on_cpu(unsigned cpu) noexcept;

}  // namespace bench
