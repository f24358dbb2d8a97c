// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/scan_counter.hpp"

#include <array>

namespace dataplane {

std::string_view name_of(ScanCounter counter) noexcept {
  static constexpr std::array<std::string_view, ScanCounters::kSize> kNames = {
      "connections_opened",    "connections_full",     "segments_sent",    "segments_resent",
      "segments_unsent",       "challenges_answered",  "segments_outside", "events_full",
      "orders_stale",          "orders_too_long",      "peers_closed",     "peers_reset",
      "connections_timed_out", "connections_too_much",
  };
  return kNames[static_cast<size_t>(counter)];
}

}  // namespace dataplane
