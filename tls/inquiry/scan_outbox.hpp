// SPDX-License-Identifier: Apache-2.0
// What the workers want of one poll core, until its rings have taken it.
#pragma once

#include "flowtable/scan_exchange.hpp"
#include "tls/inquiry/inquiry.hpp"
#include "tls/inquiry/scan_work_counter.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>

namespace tls {

// Bounded by the inquiries: each has one dial at most, and a few orders for each event that it was
// told. One thread, the producer of the rings of orders and dials.
class ScanOutbox {
 public:
  using Time = std::chrono::steady_clock::time_point;

  ScanOutbox(flowtable::ScanExchange& exchange, ScanWorkCounters& counters) noexcept
      : exchange_(exchange), counters_(counters) {}

  struct DialOf {
    uint32_t job = 0;
    flowtable::Endpoint server;
    bool udp = false;
  };
  void add(const InquiryAction& action, const DialOf& dial, Time now);
  // Gives the rings what they take; true where they took something.
  bool flush(Time now);
  // Orders and dials that found their ring full.
  [[nodiscard]] size_t num_behind() const noexcept { return orders_.size() + dials_.size(); }

 private:
  flowtable::ScanExchange& exchange_;
  ScanWorkCounters& counters_;
  std::deque<flowtable::ScanOrder> orders_;
  std::deque<flowtable::ScanDial> dials_;
  std::multimap<Time, flowtable::ScanDial> later_;
};

}  // namespace tls
