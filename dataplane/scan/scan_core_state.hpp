// SPDX-License-Identifier: Apache-2.0
// What is inside a ScanCore.
#pragma once

#include "dataplane/scan/last_line.hpp"
#include "dataplane/scan/neighbours.hpp"
#include "dataplane/scan/own_addresses.hpp"
#include "dataplane/scan/scan_core.hpp"
#include "dataplane/scan/scan_frame.hpp"
#include "dataplane/scan/scan_random.hpp"
#include "dataplane/scan/start_queue.hpp"
#include "dataplane/scan/sweep.hpp"
#include "dataplane/scan/udp_client.hpp"

#include <cstdint>

namespace dataplane {

class ScanCore::State : public StartQueue::Starter {
 public:
  State(const Parts& parts, flowtable::Tick now);

  void take(flowtable::Bytes frame, Answers answers, flowtable::Tick now) noexcept;
  bool work(flowtable::Tick now) noexcept;
  [[nodiscard]] const ScanCounters& counters() const noexcept { return counters_; }

  void start(uint32_t number, const LinkHeader& link, flowtable::Tick now) noexcept override;
  void cannot_start(uint32_t number, StartQueue::Turn why, flowtable::Tick now) noexcept override;

 private:
  void take_ip(const ScanFrame& frame, Answers answers, flowtable::Tick now) noexcept;
  void take_icmp(const ScanFrame& frame, flowtable::Tick now) noexcept;
  void take_transport(const ScanFrame& frame, flowtable::Tick now) noexcept;
  [[nodiscard]] LinkHeader back_to(const ScanFrame& frame, flowtable::Tick now) noexcept;

  void obey_control(flowtable::Tick now);
  [[nodiscard]] bool obey_orders(flowtable::Tick now) noexcept;
  [[nodiscard]] bool take_dials(flowtable::Tick now) noexcept;
  void begin_dial(const flowtable::ScanDial& dial, flowtable::Tick now) noexcept;
  [[nodiscard]] bool try_dial(const flowtable::ScanDial& dial, flowtable::Tick now) noexcept;
  void refuse_dial(const flowtable::ScanDial& dial, flowtable::Tick now) noexcept;
  [[nodiscard]] bool choose_port(const flowtable::ScanDial& dial,
                                 flowtable::Endpoint& ours) noexcept;
  [[nodiscard]] uint32_t first_sequence(const flowtable::Endpoint& ours,
                                        const flowtable::Endpoint& server,
                                        flowtable::Tick now) const noexcept;

  const ScanSite& site_;
  flowtable::ScanExchange& exchange_;
  ScanControl& control_;
  ScanProgress& progress_;
  const PortRange probe_ports_;  // this core's
  const PortRange dial_ports_;
  ScanRandom random_;
  const uint64_t hash_seed_;
  ScanCounters counters_;
  Neighbours neighbours_;
  LastLine line_;
  StartQueue queue_;
  TcpClient tcp_;
  UdpClient udp_;
  Sweep sweep_;
  uint32_t oldest_job_ = 0;
  uint16_t next_port_ = 0;  // of dial_ports_
  uint32_t rounds_ = 0;
};

}  // namespace dataplane
