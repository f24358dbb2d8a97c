// SPDX-License-Identifier: Apache-2.0
// What a poll core needs to know to scan: where it stands, and what it is to ask.
#pragma once

#include "dataplane/scan/address_set.hpp"
#include "dataplane/scan/probe_windows.hpp"
#include "dataplane/scan/scan_cookie.hpp"
#include "dataplane/scan/segment_writer.hpp"
#include "dataplane/scan/target_space.hpp"
#include "dataplane/scan/tcp_client.hpp"
#include "flowtable/base/relaxed.hpp"
#include "flowtable/flow_key.hpp"

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

namespace dataplane {

// An address of our own: no kernel has it, we answer for it (ARP, ND, echo). On-link is what shares
// its first prefix_bits (of the 128-bit form; an IPv4 /24 is 120); all else goes to the gateway.
struct OwnAddress {
  flowtable::IpAddress address;
  int prefix_bits = 128;
  std::optional<flowtable::IpAddress> gateway;
};

// Packets per second that begin something (SYNs, first and repeated), 0: no cap. Ceilings of the
// settings, which no plan and no command passes.
struct RateCaps {
  double all = 0;         // of all cores together
  double per_subnet = 0;  // to one IPv4 /24 or IPv6 /64
  double per_host = 0;    // to one address
};

// Where a scanner stands. Made once at start, read by all cores, outlives them.
struct ScanSite {
  std::vector<OwnAddress> addresses;  // one of each family at most is used as source: the first
  MacAddress mac{};
  std::optional<uint16_t> vlan;
  AddressSet allowed;                   // empty: nothing is ever sent
  AddressSet excluded;                  // wins
  RateCaps caps;                        // of all cores together: each takes its even share
  PortRange probe_ports{40000, 10000};  // of all cores together, like the next: even shares
  PortRange dial_ports{50000, 10000};   // apart from the former
  TcpClientLimits tcp;
  uint8_t dial_attempts = 3;
  uint16_t mss = 1460;
};

// First words of connections to one port; empty where the server speaks first. `fresh_at`: where in
// them 32 random bytes are new for each connection; -1: nowhere.
struct FirstWordsOfPort {
  uint16_t port = 0;
  std::vector<uint8_t> bytes;
  int fresh_at = -1;
};

// One job, or a core's share of it. Immutable; the control thread frees it when the core says that
// it is no longer in use.
struct ScanPlan {
  uint32_t job = 0;  // not 0
  const TargetSpace* space = nullptr;
  ProbePlan probes;  // group, shard, attempts, from_step
  SipKey cookie_key;
  std::vector<FirstWordsOfPort> first_words;  // sorted by port; others: `other_words`
  FirstWordsOfPort other_words;
  // Tells every target; else only those that are open, closed or unreachable.
  bool tell_silent = false;
  bool tell_closed = false;  // and closed and unreachable ones
};

// What the control thread may change while a core works: w by control, r by the core.
struct ScanControl {
  std::atomic<const ScanPlan*> plan{nullptr};  // null: no job
  // Of this core's probes, per second; 0: nothing but the ceiling, which always holds. A question
  // for a neighbour counts like a probe.
  std::atomic<double> rate{0};
  // Of all that this core begins, per second, where that is less than its share of the site's
  // ceiling; 0: the ceiling alone.
  std::atomic<double> ceiling{0};
  std::atomic<bool> sending{true};  // false: no SYN leaves, answers are still heard
  // Nor does one from then on, by this core's clock (ScanProgress::now): for a lease, which ends
  // whatever holds the control thread up.
  std::atomic<int64_t> send_until_ns{INT64_MAX};
  // Every dial of jobs below this ends as dial_not_sent, every connection of them as peer_reset,
  // and their plan sends nothing more; dials of job 0 are no job's.
  std::atomic<uint32_t> oldest_job{0};
};

// How far a core is: w by the core, r by anybody.
struct ScanProgress {
  std::atomic<const ScanPlan*> plan_in_use{nullptr};
  // When the core came round last. Its own clock: never goes back, whoever sets the machine's.
  flowtable::Relaxed<int64_t> now_ns;
  flowtable::Relaxed<uint64_t> checkpoint;  // step of the order; of the plan in use
  flowtable::Relaxed<uint64_t> steps_taken;
  flowtable::Relaxed<uint64_t> probes;   // sent for this plan
  flowtable::Relaxed<uint64_t> targets;  // that have an outcome: the sum of the next five
  flowtable::Relaxed<uint64_t> open;
  flowtable::Relaxed<uint64_t> closed;
  flowtable::Relaxed<uint64_t> unreachable;
  flowtable::Relaxed<uint64_t> silent;
  flowtable::Relaxed<uint64_t> lost_locally;
  flowtable::Relaxed<uint64_t> answered_first;  // targets that answered their first probe,
  flowtable::Relaxed<uint64_t> answered_again;  // and those that answered a later one only
  flowtable::Relaxed<bool> finished;            // every target of the plan has an outcome
  // Nothing can be sent because a gateway does not say where it is (ARP, ND).
  flowtable::Relaxed<bool> waits_for_gateway;
  flowtable::Relaxed<uint32_t> connections;  // open now
};

}  // namespace dataplane
