// SPDX-License-Identifier: Apache-2.0
// What each table is asked. A subject is OurTable or a PeerTable.
#pragma once

#include "tests/bench/flowtable_ours.hpp"
#include "tests/bench/measure.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

namespace bench {

// One number of flows, and the questions about it, which all subjects share.
struct Size {
  uint32_t flows;
  std::string name;  // "1 M flows"
  std::vector<Query> hits;
  std::vector<Query> halves;
  std::vector<Query> misses;
};

inline constexpr uint64_t kPasses = 4;
inline constexpr int64_t kStartNs = 1'700'000'000'000'000'000;
inline constexpr uint32_t kPacketBytes = 100;
// Queries that are made at a time, outside of what is measured.
inline constexpr uint32_t kPiece = 1 << 14;

inline Tick tick_at(int64_t ns_after_start) {
  return flowtable::tick_from_ns(kStartNs + ns_after_start);
}

[[noreturn]] inline void fail(std::string_view subject, std::string_view what) {
  std::fprintf(stderr, "%.*s: %.*s\n", static_cast<int>(subject.size()), subject.data(),
               static_cast<int>(what.size()), what.data());
  std::exit(1);
}

inline void add(Taken& sum, const Taken& more) {
  sum.seconds += more.seconds;
  sum.ticks += more.ticks;
}

// What the packet path writes for a packet of a known flow.
inline void count_packet(Flow& flow, int64_t now_ns) noexcept {
  constexpr uint8_t kAck = 0x10;
  flow.last_seen_ns.set(now_ns);
  flow.count(0, kPacketBytes, kAck);
}

template <typename Subject>
inline size_t look_up(const Subject& subject, std::span<const Query> burst) {
  std::array<Flow*, kBurst> found;
  subject.find(burst, found);
  return burst.size() -
         static_cast<size_t>(std::count(found.begin(), found.begin() + burst.size(), nullptr));
}

template <typename Subject>
inline size_t look_up_and_count(const Subject& subject, std::span<const Query> burst) {
  std::array<Flow*, kBurst> found;
  subject.find(burst, found);
  const auto answers = std::span(found).first(burst.size());
  subject.await(answers);
  size_t hits = 0;
  for (Flow* const flow : answers) {
    if (flow == nullptr) continue;
    count_packet(*flow, kStartNs);
    ++hits;
  }
  return hits;
}

// Asks all questions some times over; the answers must contain `hits_min` flows. Those of a few
// bursts at a time are brought near before they are timed, as the keys of packets are that a core
// has just read: what is measured is the table, not the memory of the questions.
template <typename Ask>
Taken ask_all(std::span<const Query> all, std::string_view who, size_t hits_min, Ask&& ask) {
  constexpr size_t kNear = 8 * kBurst;
  std::array<Query, kNear> near;
  size_t hits = 0;
  Taken sum;
  for (uint64_t pass = 0; pass < kPasses; ++pass) {
    for (size_t at = 0; at + kNear <= all.size(); at += kNear) {
      std::ranges::copy(all.subspan(at, kNear), near.begin());
      const Stopwatch watch;
      for (size_t i = 0; i < kNear; i += kBurst)
        hits += ask(std::span<const Query>(near).subspan(i, kBurst));
      add(sum, watch.taken());
    }
  }
  if (hits < hits_min * kPasses) fail(who, "does not find what was inserted");
  return sum;
}

// Inserts the first flows there are, at ticks that go on to `span_ns`. Pieces are timed alone.
template <typename Subject>
Taken fill(Subject& subject, uint32_t flows, int64_t span_ns) {
  Taken sum;
  uint32_t failures = 0;
  for (uint32_t first = 0; first < flows; first += kPiece) {
    const std::vector<Query> piece = queries_from(first, std::min(kPiece, flows - first));
    const Tick now = tick_at(span_ns * first / flows);
    const Stopwatch watch;
    for (const Query& query : piece)
      failures += subject.insert(query, now) ? 0 : 1;
    add(sum, watch.taken());
    for (const Query& query : piece)
      subject.establish(query);
  }
  if (failures != 0) fail(Subject::kName, "does not hold " + std::to_string(failures) + " flows");
  return sum;
}

// Takes out all of them again, as their time is over.
template <typename Subject>
Taken empty(Subject& subject, uint32_t flows, int64_t span_ns) {
  Taken sum;
  size_t erased = 0;
  for (uint32_t first = 0; first < flows; first += kPiece) {
    const std::vector<Query> piece = queries_from(first, std::min(kPiece, flows - first));
    const Tick now = tick_at(2 * span_ns + kTimeout.count());
    const Stopwatch watch;
    for (size_t at = 0; at < piece.size(); at += kBurst)
      erased +=
          subject.expire(std::span(piece).subspan(at, std::min(kBurst, piece.size() - at)), now);
    add(sum, watch.taken());
  }
  if (erased != flows) fail(Subject::kName, "does not erase what was inserted");
  return sum;
}

// `bytes`: what the subject takes.
inline void expect_pages(std::string_view who, Pages pages, size_t bytes) {
  constexpr size_t kWorthIt = size_t{64} << 20;
  const size_t huge = bytes_on_huge_pages();
  if (pages == Pages::huge && bytes > kWorthIt && huge < bytes / 10 * 9)
    fail(who, "was to be on huge pages and is not");
  if (pages == Pages::small && huge > 0) fail(who, "is on huge pages and was not to be");
}

template <typename Subject>
void run_size(const Size& size, Pages pages, bool only_lookups) {
  constexpr int64_t kSpanNs = 30'000'000'000;
  constexpr std::string_view kLookups = "lookups/s";
  const std::string_view who = Subject::kName;
  const auto bare = [](const Subject& subject) {
    return [&subject](std::span<const Query> burst) { return look_up(subject, burst); };
  };
  const auto print_one = [&](const char* what, std::string_view unit, double units, Taken taken) {
    print_rate(std::string(what) + ", " + size.name, who, unit, units, taken);
  };
  Subject subject(size.flows, pages);
  const Taken filled = fill(subject, size.flows, kSpanNs);
  expect_pages(who, pages, subject.memory_bytes());
  const auto asked = static_cast<double>(size.hits.size() * kPasses);
  print_one("lookup: hits", kLookups, asked,
            ask_all(size.hits, who, size.hits.size(), bare(subject)));
  const Taken counted =
      ask_all(size.hits, who, size.hits.size(),
              [&](std::span<const Query> burst) { return look_up_and_count(subject, burst); });
  print_one("lookup and count: hits", kLookups, asked, counted);
  print_one("lookup: half hits", kLookups, asked, ask_all(size.halves, who, 0, bare(subject)));
  print_one("lookup: misses", kLookups, asked, ask_all(size.misses, who, 0, bare(subject)));
  if (only_lookups) return;
  print({"memory, all included, " + size.name, who, "bytes/flow",
         static_cast<double>(subject.memory_bytes()) / size.flows, 0, true});
  print_one("insert", "inserts/s", size.flows, filled);
  print_one("expiry", "flows/s", size.flows, empty(subject, size.flows, kSpanNs));
}

}  // namespace bench
