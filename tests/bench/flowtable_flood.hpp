// SPDX-License-Identifier: Apache-2.0
// Known flows while SYNs of ever new sources come in.
#pragma once

#include "tests/bench/flowtable_cases.hpp"

namespace bench {

struct Flood {
  uint32_t established;
  uint32_t sources;
  std::string name;
  std::vector<Query> hits;  // of the established ones
};

// SYNs of ever new sources, a burst of them after each burst of known flows. Each is looked up, and
// then takes a place, the oldest one's where none is free.
template <typename Subject>
void take_syns(Subject& subject, std::span<const Query> burst, std::span<const Query> oldest,
               Tick now) {
  std::array<Flow*, kBurst> found;
  // Peers are told who leaves.
  if constexpr (requires { subject.expect(burst.size()); }) subject.expect(burst.size());
  subject.find(burst, found);
  if constexpr (requires { subject.expect(burst.front()); }) {
    for (size_t i = 0; i < burst.size(); ++i)
      if (found[i] == nullptr) subject.expect(burst[i]);
  }
  for (size_t i = 0; i < burst.size(); ++i) {
    if (found[i] == nullptr) subject.take_in(burst[i], oldest.empty() ? nullptr : &oldest[i], now);
  }
}

struct FloodTaken {
  Taken known;
  Taken syns;
};

// `num_syns` SYNs, or only the pauses between them.
template <typename Subject>
FloodTaken run_bursts(Subject& subject, const Flood& flood, uint32_t room, bool with_syns) {
  FloodTaken out;
  size_t at = 0, hits = 0, asked = 0;
  for (uint32_t first = 0; first < flood.sources; first += kPiece) {
    const uint32_t number = flood.established + first;
    const std::vector<Query> syns = queries_from(number, with_syns ? kPiece : 0);
    const std::vector<Query> oldest =
        queries_from(number - std::min(first, room), with_syns && first >= room ? kPiece : 0);
    for (uint32_t i = 0; i < kPiece; i += kBurst) {
      const Stopwatch known;
      hits += look_up_and_count(subject, std::span(flood.hits).subspan(at, kBurst));
      add(out.known, known.taken());
      asked += kBurst;
      at = at + 2 * kBurst <= flood.hits.size() ? at + kBurst : 0;
      if (!with_syns) continue;
      const Stopwatch watch;
      take_syns(subject, std::span(syns).subspan(i, kBurst),
                oldest.empty() ? std::span<const Query>{} : std::span(oldest).subspan(i, kBurst),
                tick_at(1 + first));
      add(out.syns, watch.taken());
    }
  }
  if (hits != asked) fail(Subject::kName, "lost flows that were known");
  return out;
}

template <typename Subject>
size_t count_lost(const Subject& subject, uint32_t established) {
  size_t lost = 0;
  for (uint32_t first = 0; first < established; first += kBurst) {
    const std::vector<Query> burst =
        queries_from(first, std::min<size_t>(kBurst, established - first));
    lost += burst.size() - look_up(subject, burst);
  }
  return lost;
}

template <typename Subject>
void run_flood(const Flood& flood, Pages pages) {
  // Whole pieces, so that the oldest of a piece are there or are not.
  const uint32_t room = flood.established / 4 / kPiece * kPiece + kPiece;
  Subject subject(flood.established + room, pages);
  (void)fill(subject, flood.established, 1);
  const double asked = (flood.sources + kPiece - 1) / kPiece * double{kPiece};
  const FloodTaken quiet = run_bursts(subject, flood, room, false);
  const FloodTaken loud = run_bursts(subject, flood, room, true);
  const std::string_view who = Subject::kName;
  print_rate("known flows, quiet, " + flood.name, who, "lookups/s", asked, quiet.known);
  print_rate("known flows, " + flood.name, who, "lookups/s", asked, loud.known);
  print({"known flows, share of the quiet rate, " + flood.name, who, "× quiet",
         quiet.known.seconds / loud.known.seconds});
  print_rate("SYNs taken in, " + flood.name, who, "SYNs/s", asked, loud.syns);
  print({"known flows lost, " + flood.name, who, "flows",
         static_cast<double>(count_lost(subject, flood.established)), 0, true});
}

}  // namespace bench
