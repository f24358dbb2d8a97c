// SPDX-License-Identifier: Apache-2.0
// The last look at a frame before it leaves.
#pragma once

#include "dataplane/scan/frame_sink.hpp"
#include "dataplane/scan/scan_counter.hpp"
#include "dataplane/scan/scan_plan.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace dataplane {

// Addresses that nobody is ever sent anything at, whatever is allowed: 0/8, loopback, multicast,
// broadcast (of all, and of each on-link IPv4 prefix), and our own.
[[nodiscard]] bool is_never_asked(const ScanSite& site,
                                  const flowtable::IpAddress& address) noexcept;
// All that decides whether a packet may go to `address`.
[[nodiscard]] bool may_be_asked(const ScanSite& site, const flowtable::IpAddress& address) noexcept;

// Stands before the sink: all that probes, dials and connections send goes through here, and what
// may not go is counted and dropped. It reads the frame itself, so that no mistake on the way to
// here counts. ARP, neighbour discovery and echo replies, which stay on the link or answer, do not
// come this way. Borrows all.
class LastLine : public FrameSink {
 public:
  LastLine(const ScanSite& site, FrameSink& sink, ScanCounters& counters) noexcept
      : site_(site), sink_(sink), counters_(counters) {}

  [[nodiscard]] std::span<uint8_t> room() noexcept override { return room_ = sink_.room(); }
  void send(size_t length) noexcept override;
  [[nodiscard]] bool refused_last() const noexcept { return refused_last_; }

 private:
  const ScanSite& site_;
  FrameSink& sink_;
  ScanCounters& counters_;
  std::span<uint8_t> room_;
  bool refused_last_ = false;
};

}  // namespace dataplane
