// SPDX-License-Identifier: Apache-2.0
// What the tap sees and cannot read, the scanner fetches.
#pragma once

#include "dataplane/scan/scan_plan.hpp"
#include "flowtable/base/counters.hpp"
#include "tls/inquiry/scan_workers.hpp"
#include "tls/pipeline/observation.hpp"

#include <chrono>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace control {

// One value is one counter, one metric and one row of `tapseal status`.
enum class FollowCounter : uint8_t {
  sealed_seen,
  asked,
  asked_lately,
  not_allowed,
  over_rate,
  no_room,
  count_
};
inline constexpr flowtable::CounterTable<FollowCounter> kFollowCounterTable = {{
    {FollowCounter::sealed_seen, "sealed_seen",
     "sessions of the tap whose certificates TLS 1.3 sealed"},
    {FollowCounter::asked, "asked", "of these, servers that the scanner was sent to"},
    {FollowCounter::asked_lately, "asked_lately", "servers that were asked for that name today"},
    {FollowCounter::not_allowed, "not_allowed", "servers that scan.allow does not hold"},
    {FollowCounter::over_rate, "over_rate", "servers left for later: scan.passive_rate"},
    {FollowCounter::no_room, "no_room", "servers left for later: too many questions wait"},
}};
static_assert(flowtable::is_in_order(kFollowCounterTable));
using FollowCounters = flowtable::Counters<FollowCounter>;

// The scanner's job for what the tap asks: it never ends and has no file.
inline constexpr uint32_t kTapJob = UINT32_MAX;

// Judges each session of the tap: was its certificate sealed (TLS 1.3), may its server be asked,
// and was it not asked for that name within kAgain? Bounded: the least recently asked is forgotten
// first. The pipeline's last stage calls see(); counters are for all.
class PassiveFollow {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::hours kAgain{24};
  static constexpr size_t kRememberedMax = 65'536;

  struct Parts {
    const dataplane::ScanSite& site;
    tls::ScanWorkers& workers;
    double per_second = 1;  // of servers asked
  };
  explicit PassiveFollow(const Parts& parts);

  void see(const tls::RecordBatch& batch, Clock::time_point now);
  [[nodiscard]] const FollowCounters& counters() const noexcept { return counters_; }

 private:
  struct Remembered {
    std::string key;
    Clock::time_point asked;
  };
  void follow(const tls::Observation& seen, Clock::time_point now);
  [[nodiscard]] bool was_asked_lately(const std::string& key, Clock::time_point now) const;
  void remember(const std::string& key, Clock::time_point now);

  const Parts parts_;
  const dataplane::AddressSet askable_;
  FollowCounters counters_;
  double budget_ = 0;
  Clock::time_point last_{};
  std::list<Remembered> remembered_;  // latest first
  std::unordered_map<std::string_view, std::list<Remembered>::iterator> by_key_;
};

}  // namespace control
