// SPDX-License-Identifier: Apache-2.0
// The active eye: its jobs, its workers and their files.
#pragma once

#include "control/config/settings_loader.hpp"
#include "control/daemon/fleet.hpp"
#include "control/daemon/memory.hpp"
#include "control/daemon/scan_desk.hpp"
#include "control/daemon/scan_task.hpp"
#include "control/daemon/tap.hpp"
#include "control/ipc/peer.hpp"
#include "tls/inquiry/scan_workers.hpp"

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

namespace control {

// Only one job sends at a time; others wait for it in their order. A job outlives the daemon as a
// file: what was under way when it ended is paused, and goes on from its last checkpoint when
// somebody says `resume`. The server's thread calls everything but drain(); it is never held up by
// the network.
class Scanner {
 public:
  struct Parts {
    const LoadedSettings& loaded;
    Tap& tap;
    Memory& memory;
    LiveSink& sink;
    std::function<void()> wake_server;
  };
  // Reads the job files. Where no port scans, every call below that begins something is an error.
  [[nodiscard]] static flowtable::OrError<std::unique_ptr<Scanner>> open(const Parts& parts);
  ~Scanner();
  Scanner(const Scanner&) = delete;
  Scanner& operator=(const Scanner&) = delete;

  // After the cores run.
  void start();
  // Pauses what runs, with a last checkpoint. Before the cores stop. Once.
  void drain();

  // Of checked arguments of `scan`: the fields of its reply. Nothing is sent, nothing resolved.
  [[nodiscard]] flowtable::OrError<Json> plan(const Json& arguments);
  // A new job, and who follows it (null: nobody): the fields of the reply.
  [[nodiscard]] flowtable::OrError<Json> begin(const Json& arguments, const PeerCredentials& peer,
                                               const ScanFollower& follower);
  // The state afterwards. A pause is in force when they return: no SYN is sent any more; after a
  // stop nothing is.
  [[nodiscard]] flowtable::OrError<ScanState> pause(uint32_t id);
  [[nodiscard]] flowtable::OrError<ScanState> resume(uint32_t id, bool all,
                                                     const ScanFollower& follower);
  [[nodiscard]] flowtable::OrError<ScanState> stop(uint32_t id);
  // Rows of `scans`, the latest first.
  [[nodiscard]] std::vector<Json> rows(size_t most);

  // The same of a scan that several scanners share: the fields of the reply.
  [[nodiscard]] flowtable::OrError<Json> begin_fleet(const Json& arguments,
                                                     const PeerCredentials& peer);
  // Null where no port scans, or there is no memory to share.
  [[nodiscard]] Fleet* fleet() noexcept { return fleet_.get(); }

  // Null where no port scans.
  [[nodiscard]] const tls::ScanWorkers* workers() const noexcept { return workers_.get(); }
  // Null where the tap's sessions are not followed.
  [[nodiscard]] const PassiveFollow* passive_follow() const noexcept { return follow_.get(); }

 private:
  // What the server's thread asks of the scanner's.
  enum class Wish : uint8_t { pause, resume, stop };
  struct Asked {
    uint32_t id;
    Wish wish;
    bool all;
  };

  explicit Scanner(const Parts& parts);
  void load_jobs();
  [[nodiscard]] ScanDefaults defaults() const;
  [[nodiscard]] Json fields_of(const ScanJob& job) const;
  [[nodiscard]] flowtable::OrError<ScanState> ask(uint32_t id, Wish wish, bool all);
  void ask_by_names(const tls::ServiceReport& report);
  void open_fleet();
  [[nodiscard]] static bool is_of_fleet(const ScanJobRecord& record);
  // Its file goes once there is a later one: numbers are not given twice.
  void forget_range_file(uint32_t id);
  [[nodiscard]] uint64_t askable_targets(const Json& arguments) const;

  // The scanner's thread.
  void run();
  void obey(const Asked& asked);
  [[nodiscard]] ScanTask* active_task();
  [[nodiscard]] ScanTask* first_queued();
  void take_range();
  void end_range(uint32_t id);
  void publish(const ScanTask& task);

  const Parts parts_;
  const dataplane::ScanSite* const site_;
  const std::vector<ScanRun::Lane*> lanes_;
  std::optional<ScanJobFiles> files_;
  ScanDesk desk_;
  std::unique_ptr<tls::ScanWorkers> workers_;
  std::optional<ScanSurroundings> around_;
  std::string config_hash_;
  std::unique_ptr<PassiveFollow> follow_;

  std::mutex mutex_;  // guards what follows, up to names_; never held while anything waits
  std::condition_variable changed_;
  std::vector<Asked> asked_;
  std::vector<std::unique_ptr<ScanTask>> arrivals_;
  std::map<uint32_t, Json> views_;
  std::map<uint32_t, ScanState> states_;
  std::map<uint32_t, std::vector<std::string>> names_;  // of each job: SNIs to ask services for
  ScanTask* active_ = nullptr;
  uint32_t pausing_ = 0;  // the active job, where it was asked to pause; 0: it was not

  std::map<uint32_t, std::unique_ptr<ScanTask>> tasks_;  // the scanner's thread alone
  uint32_t last_range_ = 0;                              // likewise; 0: none has a file still
  std::atomic<uint32_t> next_id_{1};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
  std::thread workers_thread_;
  std::unique_ptr<Fleet> fleet_;
};

}  // namespace control
