// SPDX-License-Identifier: Apache-2.0
// This scanner's part in scans that several share.
#pragma once

#include "control/config/settings.hpp"
#include "control/daemon/fleet_counter.hpp"
#include "control/daemon/range_lease.hpp"
#include "control/daemon/scan_spec.hpp"
#include "control/ipc/message.hpp"
#include "control/storage/fleet_store.hpp"
#include "dataplane/scan/scan_plan.hpp"
#include "flowtable/base/result.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace control {

// Who asks for a scan.
struct FleetAsker {
  uint32_t uid = 0;
  std::string who;
  std::string config_hash;
};

// Its thread claims a range where the scanner has nothing else to do, keeps its lease alive, tells
// the database how far it is, and brings the rate. What the scanner sends ends with the lease,
// whatever this thread waits for (RangeLease).
class Fleet {
 public:
  struct Parts {
    const ScanSettings& settings;
    const dataplane::ScanSite& site;
    DatabaseAddress address;
    std::string sensor;
    std::vector<RangeLease::Core> cores;
    // How many targets of a scan we may ask, by ScanJob::make(); 0 where it is not all of them.
    std::function<uint64_t(const Json& arguments)> askable_targets;
  };
  explicit Fleet(Parts parts);
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  void start();
  // Gives back what is still held. After the scanner let go of it. Once.
  void drain();

  // The server's thread: these wait for the database, a few seconds at most.
  [[nodiscard]] flowtable::OrError<Json> create(const ScanSpec& spec, const FleetAsker& asker);
  [[nodiscard]] flowtable::OrError<FleetState> set_state(int64_t fleet, FleetState state);
  [[nodiscard]] flowtable::OrError<std::vector<Json>> rows(size_t most);

  // The scanner's thread. Whether it has nothing to do.
  void offer(bool idle);
  // A range that was claimed, once; null: none.
  [[nodiscard]] std::shared_ptr<RangeLease> take();

  [[nodiscard]] const FleetCounters& counters() const noexcept { return counters_; }

 private:
  using Clock = RangeLease::Clock;
  // What we may take of a job.
  struct Known {
    std::vector<FleetJob::Zone> zones;
    std::vector<uint32_t> ours;
  };

  void run();
  void turn();
  void join();
  void keep();
  void judge(const Renewal& renewal, const RangeLease::Moment& asked);
  void end_lease(RangeLease::End end);
  void look_for_one();
  [[nodiscard]] bool try_claim(const FleetScan& scan);
  [[nodiscard]] const Known* know(const FleetScan& scan);
  void leave();
  void wake();
  // True where there was an answer; else it is counted, and said once an outage.
  template <typename Value>
  [[nodiscard]] bool answered(const flowtable::OrError<Value>& answer);

  const Parts parts_;
  const std::string askable_;
  FleetStore store_;  // of the fleet's thread
  FleetStore desk_;   // of the server's
  FleetCounters counters_;

  // The fleet's thread alone.
  std::map<int64_t, Known> known_;
  int64_t shares_of_ = 0;  // job of which we have a part of the rate; 0: of none
  Clock::time_point next_join_{};
  bool away_ = false;
  bool end_noted_ = false;  // of the lease

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::shared_ptr<RangeLease> lease_;  // shared with the scanner's task
  bool handed_over_ = false;
  bool idle_ = false;
  bool woken_ = false;

  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace control
