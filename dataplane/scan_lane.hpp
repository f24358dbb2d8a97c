// SPDX-License-Identifier: Apache-2.0
// Between a poll loop and the active eye of its core.
#pragma once

#include "dataplane/path_counters.hpp"
#include "dataplane/poll_counters.hpp"
#include "dataplane/scan/scan_core.hpp"
#include "dataplane/steered_packet.hpp"
#include "dataplane/tx_burst.hpp"

#include <cstdint>
#include <memory>

namespace dataplane {

// Which port scans, for the whole run.
struct ScanPort {
  const ScanSite* site = nullptr;  // null: no port does. Borrowed, outlives the cores
  uint16_t port = 0;
  uint16_t tx_queues = 0;  // as many cores scan, the first ones
  rte_mempool* tx_pool = nullptr;
};

// Sorts the frames of the scanning port: those for our own addresses go to the core that asked, to
// all cores where they concern all (who is where), and everything else is the tap's. One core.
class ScanLane {
 public:
  struct Parts {
    ScanPort port;
    uint16_t core = 0;
    uint16_t cores = 1;
    PacketMesh& mesh;
    rte_mempool* copies = nullptr;  // for frames that several cores are shown; null with one core
    DropCounters& drops;
    PollCounters& counters;
  };
  ScanLane(const Parts& parts, flowtable::Tick now);

  enum class Fate : uint8_t {
    not_ours,  // for the tap
    over,      // the mbuf is the caller's to free
    passed_on  // another core has the mbuf
  };
  // A frame as it came from the wire.
  [[nodiscard]] Fate receive(const SteeredPacket& packet, flowtable::Bytes bytes,
                             flowtable::Tick now) noexcept;
  // One that another core passed on.
  void take_steered(const SteeredPacket& packet, flowtable::Bytes bytes,
                    flowtable::Tick now) noexcept;
  // Once per loop, after all frames. True where there was something to do.
  [[nodiscard]] bool work(flowtable::Tick now) noexcept;

  // What control and the workers have of it; null where this core does not scan.
  struct Own {
    Own(const Parts& parts, flowtable::Tick now);

    flowtable::ScanExchange exchange;
    ScanControl control;
    ScanProgress progress;
    TxBurst tx;
    ScanCore core;
  };
  [[nodiscard]] Own* own() noexcept { return own_.get(); }
  [[nodiscard]] const Own* own() const noexcept { return own_.get(); }

 private:
  [[nodiscard]] bool pass_on(uint16_t core, const SteeredPacket& packet) noexcept;
  void show_others(const SteeredPacket& packet, flowtable::Bytes bytes) noexcept;

  const Parts parts_;
  std::unique_ptr<Own> own_;
};

}  // namespace dataplane
