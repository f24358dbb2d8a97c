// SPDX-License-Identifier: Apache-2.0
// The active eye of one poll core: probes, neighbours, answers and connections.
#pragma once

#include "dataplane/scan/scan_counter.hpp"
#include "dataplane/scan/scan_plan.hpp"
#include "flowtable/base/byte_reader.hpp"
#include "flowtable/base/tick.hpp"
#include "flowtable/scan_exchange.hpp"

#include <cstdint>
#include <memory>

namespace dataplane {

// Whose a frame from the wire of a scanning port is. Those of nobody go on to the tap.
struct FrameOwner {
  enum class Whose : uint8_t { nobody, one_core, every_core };
  Whose whose = Whose::nobody;
  uint16_t core = 0;  // of one_core
};
// ARP, neighbour discovery and what else concerns all cores: every_core. TCP, UDP and ICMP to an
// address of ours: the core whose port (or whose quoted port) it names; echo requests: core 0.
[[nodiscard]] FrameOwner owner_of_frame(const ScanSite& site, uint16_t cores,
                                        flowtable::Bytes frame) noexcept;

// Borrows all for its life; one core calls everything after construction. Allocates in the
// constructor, and in work() when it takes a plan.
class ScanCore {
 public:
  struct Parts {
    const ScanSite& site;
    flowtable::ScanExchange& exchange;
    FrameSink& sink;
    ScanControl& control;
    ScanProgress& progress;
    uint16_t core = 0;
    uint16_t cores = 1;
  };
  ScanCore(const Parts& parts, flowtable::Tick now);
  ~ScanCore();
  ScanCore(const ScanCore&) = delete;
  ScanCore& operator=(const ScanCore&) = delete;

  // A frame that is this core's. One that every core is shown is answered by the one that received
  // it: `answers`.
  enum class Answers : uint8_t { no, yes };
  void take(flowtable::Bytes frame, Answers answers, flowtable::Tick now) noexcept;
  // Once per loop, after its frames: orders, dials, probes that are due, what time asks for. True
  // where there was something to do.
  [[nodiscard]] bool work(flowtable::Tick now) noexcept;

  // Any thread may read.
  [[nodiscard]] const ScanCounters& counters() const noexcept;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace dataplane
