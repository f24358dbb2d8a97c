// SPDX-License-Identifier: Apache-2.0
// A poll core without a port: capture files through the same packet path.
#pragma once

#include "dataplane/capture/capture_file.hpp"
#include "dataplane/handoff_ring.hpp"
#include "dataplane/packet_intake.hpp"
#include "dataplane/packet_path.hpp"
#include "flowtable/capture_exchange.hpp"
#include "flowtable/capture_pool.hpp"
#include "flowtable/flow_table.hpp"

#include <cstdint>
#include <span>

namespace control {

// Owns what a poll core owns, and feeds it from files. Unlike a poll core it may wait, and does:
// where a NIC's packet would be dropped because the workers are behind, the next packet is read
// later. So the outcome depends on the file alone. One thread.
class OfflineTap {
 public:
  struct Options {
    uint32_t flows_max;  // most flows at one time
    uint64_t hash_seed;
    bool ssh = false;  // SSH connections too
  };
  explicit OfflineTap(const Options& options);

  // Reads all packets and ends every flow. The result says how the file ended.
  [[nodiscard]] dataplane::CaptureStep read(dataplane::CaptureFile& file);

  [[nodiscard]] flowtable::CaptureExchange& exchange() noexcept { return exchange_; }
  [[nodiscard]] const dataplane::CoreCounters& counters() const noexcept { return counters_; }

 private:
  void accept(std::span<const dataplane::CaptureFrame> frames);
  void wait_for_room();
  // Captures that the workers have.
  [[nodiscard]] uint64_t captures_away() const noexcept;

  uint64_t hash_seed_;
  dataplane::CoreCounters counters_;
  dataplane::PacketIntake intake_;
  flowtable::FlowTable table_;
  flowtable::CapturePool pool_;
  flowtable::CaptureExchange exchange_;
  dataplane::HandoffRing handoff_;
  dataplane::PacketPath path_;
};

}  // namespace control
