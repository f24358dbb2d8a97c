// SPDX-License-Identifier: Apache-2.0
// What the keeper of the windows counts.
#pragma once

#include "flowtable/base/counters.hpp"

#include <cstdint>
#include <string_view>

namespace control {

enum class RetentionCounter : uint8_t {
  partitions_dropped,
  sessions_dropped,
  links_deleted,
  sweeps,
  sweeps_deferred,
  sweeps_failed,
  count_
};
using RetentionCounters = flowtable::Counters<RetentionCounter>;

inline constexpr flowtable::CounterTable<RetentionCounter> kRetentionCounterTable = {{
    {RetentionCounter::partitions_dropped, "partitions_dropped",
     "days of sessions dropped because they are older than storage.keep_sessions"},
    {RetentionCounter::sessions_dropped, "sessions_dropped",
     "sessions that went with them, as the server estimates"},
    {RetentionCounter::links_deleted, "links_deleted",
     "links deleted because they are older than storage.keep_links"},
    {RetentionCounter::sweeps, "sweeps", "times that the memory was looked through"},
    {RetentionCounter::sweeps_deferred, "sweeps_deferred",
     "of those, ended early because something else held a lock"},
    {RetentionCounter::sweeps_failed, "sweeps_failed",
     "of those, ended by an error of the database; each is logged"},
}};
static_assert(flowtable::is_in_order(kRetentionCounterTable));

}  // namespace control
