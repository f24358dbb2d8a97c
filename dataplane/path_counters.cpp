// SPDX-License-Identifier: Apache-2.0
#include "dataplane/path_counters.hpp"

namespace dataplane {
namespace {

using flowtable::CaptureEnd;

constexpr PathCounter counter_at(CaptureEnd end) {
  constexpr auto kFirst = static_cast<size_t>(PathCounter::ended_handshake_done);
  return static_cast<PathCounter>(kFirst + static_cast<size_t>(end));
}

constexpr bool counters_in_enum_order() {
  for (size_t i = 0; i < kPathCounterTable.size(); ++i)
    if (kPathCounterTable[i].counter != static_cast<PathCounter>(i)) return false;
  return true;
}
static_assert(counters_in_enum_order());
static_assert(counter_at(CaptureEnd::closed) == PathCounter::ended_closed);
static_assert(counter_at(CaptureEnd::timed_out) == PathCounter::ended_timed_out);
static_assert(counter_at(CaptureEnd::evicted) == PathCounter::ended_evicted);
static_assert(counter_at(CaptureEnd::port_reused) == PathCounter::ended_port_reused);
static_assert(counter_at(CaptureEnd::drained) == PathCounter::ended_drained);
static_assert(counter_at(CaptureEnd::count_) == PathCounter::count_);

}  // namespace

std::string_view name_of(PathCounter counter) noexcept {
  const auto index = static_cast<size_t>(counter);
  return index < kPathCounterTable.size() ? kPathCounterTable[index].name : "unknown";
}

PathCounter counter_of(CaptureEnd end) noexcept {
  return counter_at(end);
}

}  // namespace dataplane
