// SPDX-License-Identifier: Apache-2.0
// The live eye: ports, poll cores and the pipeline behind them.
#pragma once

#include "control/config/settings.hpp"
#include "dataplane/eal.hpp"
#include "dataplane/poll_core.hpp"
#include "dataplane/port.hpp"
#include "flowtable/base/result.hpp"
#include "tls/pipeline/pipeline.hpp"

#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace control {

// Built in start order and taken down in reverse: EAL, ports, cores, pipeline; drain stops the
// cores first, so that everything seen reaches the sink. Owner: the main thread, which calls all of
// it; others read counters and flow tables.
class Tap {
 public:
  // A port of the settings, under its name there.
  struct NamedPort {
    std::string name;
    std::string device;
    dataplane::Port* port;
  };

  // Whether the devices of the settings are names that DPDK can know. Touches nothing.
  [[nodiscard]] static flowtable::OrError<void> check_ports(const Settings& settings);
  // Everything but moving: no packet is taken yet. `sink` is borrowed.
  [[nodiscard]] static flowtable::OrError<std::unique_ptr<Tap>> open(const Settings& settings,
                                                                     tls::RecordSink& sink);
  ~Tap();
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;

  [[nodiscard]] flowtable::OrError<void> start();
  // Takes no more packets, ends every flow, and returns when the sink has everything. Once.
  void drain();

  void every_second() { cores_->anchor_clock(); }

  [[nodiscard]] const std::vector<NamedPort>& ports() const noexcept { return named_ports_; }
  [[nodiscard]] const dataplane::PollCores& cores() const noexcept { return *cores_; }
  [[nodiscard]] const tls::Pipeline& pipeline() const noexcept { return *pipeline_; }
  [[nodiscard]] const dataplane::Eal& eal() const noexcept { return *eal_; }
  [[nodiscard]] dataplane::Steering steering() const noexcept { return plan_.steering; }

  // Null where no port scans (`scan.port`).
  [[nodiscard]] const dataplane::ScanSite* scan_site() const noexcept { return site_.get(); }
  // Of the cores that scan, in their order.
  [[nodiscard]] std::vector<dataplane::ScanLane::Own*> scan_lanes();
  [[nodiscard]] tls::Pipeline& pipeline() noexcept { return *pipeline_; }
  // Threads of the pipeline; the scanner's workers are as many.
  [[nodiscard]] unsigned num_workers() const noexcept { return num_workers_; }

 private:
  Tap() = default;
  [[nodiscard]] flowtable::OrError<void> open_ports(const Settings& settings);
  void make_cores(const Settings& settings, tls::RecordSink& sink);

  std::vector<dataplane::PortSpec> specs_;
  std::unique_ptr<dataplane::Eal> eal_;
  std::vector<std::unique_ptr<dataplane::Port>> ports_;
  std::vector<NamedPort> named_ports_;
  dataplane::RssPlan plan_;
  std::unique_ptr<dataplane::MbufPool> joined_pool_;
  std::unique_ptr<dataplane::ScanSite> site_;
  dataplane::Port* scan_port_ = nullptr;
  std::unique_ptr<dataplane::PollCores> cores_;
  dataplane::CorePlan pattern_;
  std::unique_ptr<const tls::DialogueMatcher> dialogues_;
  std::unique_ptr<tls::Pipeline> pipeline_;
  std::thread pipeline_thread_;
  unsigned num_workers_ = 1;
  bool started_ = false;
};

}  // namespace control
