// SPDX-License-Identifier: Apache-2.0
// The life of one job in this daemon.
#pragma once

#include "control/config/settings.hpp"
#include "control/config/time_windows.hpp"
#include "control/daemon/range_lease.hpp"
#include "control/daemon/scan_desk.hpp"
#include "control/daemon/scan_job.hpp"
#include "control/daemon/scan_run.hpp"
#include "control/scan/rate_adapter.hpp"
#include "control/scan/scan_job_file.hpp"
#include "control/storage/store_writer.hpp"
#include "tls/inquiry/scan_workers.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace control {

// What all jobs of a daemon share; outlives them.
struct ScanSurroundings {
  const ScanSettings& settings;
  const dataplane::ScanSite& site;
  std::vector<ScanRun::Lane*> lanes;
  tls::ScanWorkers& workers;
  ScanDesk& desk;
  const ScanJobFiles& files;
  StoreWriter* store = nullptr;  // null: no memory
  std::string sensor;
};

// The scanner's thread calls turn() and owns everything; what others ask, and are shown, goes by
// way of the scanner, which holds its lock for it.
class ScanTask {
 public:
  using Clock = std::chrono::steady_clock;

  // A new job, or one of a file (`job` is null then, until it is begun again).
  ScanTask(const ScanSurroundings& around, ScanJobRecord record, std::unique_ptr<ScanJob> job);
  // A range of a scan that several scanners share: as the lease allows, and to its end at most.
  ScanTask(const ScanSurroundings& around, ScanJobRecord record, std::shared_ptr<RangeLease> lease);
  ~ScanTask();

  [[nodiscard]] const ScanJobRecord& record() const noexcept { return record_; }
  [[nodiscard]] bool is_active() const noexcept {
    return record_.state == ScanState::running || record_.state == ScanState::waiting;
  }

  // Of a scan that several scanners share.
  [[nodiscard]] bool is_range() const noexcept { return lease_ != nullptr; }

  // Queued → running. Resolves names, which may take its time; `stop` ends that.
  void begin(const std::atomic<bool>& stop);
  // Once in a while (10 to 50 ms) while it is active.
  void turn(Clock::time_point now);
  // No SYN of it leaves any more; what is under way goes on to its end.
  void pause();
  // Nothing of it leaves any more.
  void stop();
  // Paused or stopped → queued.
  void resume(bool all);
  // Any thread, while it is active: in force at once, before pause() or stop() say so.
  void hold_now(bool for_good) noexcept;
  // Waits for what is under way, at most so long, and lets go of the cores: for the daemon's end.
  void settle(std::chrono::milliseconds limit);
  void save();

  // A row of `scans`, and what followers are shown.
  [[nodiscard]] Json view() const;

 private:
  // Longest wait for the memory in one turn.
  static constexpr std::chrono::milliseconds kFlushMost{2000};

  struct Pending {
    uint64_t mark = 0;
    std::vector<ShardCheckpoint> shards;
    uint64_t list_position = 0;
  };

  void fail(const std::string& why);
  void turn_pausing(Clock::time_point now);
  // False where the range is not ours any more: the task has ended.
  [[nodiscard]] bool obey_lease(Clock::time_point now);
  void take_rate_of_lease();
  void set_state(ScanState state, const std::string& note = "");
  void feed_list(Clock::time_point now);
  [[nodiscard]] bool is_in_windows() const;  // the settings' and the job's
  void hold_or_go();
  void adapt(double seconds);
  void every_second(Clock::time_point now);
  void take_checkpoint();
  // What the pending one says is in the memory now: it becomes the record's.
  [[nodiscard]] bool commit_checkpoint();
  [[nodiscard]] bool is_done();
  // For good: finished, stopped or failed.
  void end(ScanState state, const std::string& note = "");
  // Lets go of the cores, and tells everybody how it stands.
  void close(ScanState state, const std::string& note = "");
  [[nodiscard]] flowtable::OrError<ScanSpec> spec_of_record() const;
  void let_go();
  void tell_store() const;
  [[nodiscard]] ScanCounts counts() const;
  [[nodiscard]] std::optional<int64_t> remaining_seconds(const ScanCounts& counts) const;
  [[nodiscard]] std::string last_line() const;

  const ScanSurroundings& around_;
  ScanJobRecord record_;
  std::string spec_text_;
  std::shared_ptr<RangeLease> lease_;  // null: a scan of our own. Shared with the fleet's thread
  std::unique_ptr<ScanJob> job_;
  std::unique_ptr<ScanRun> run_;
  std::optional<RateAdapter> adapter_;
  std::optional<TimeWindows> windows_;          // of the job
  std::optional<TimeWindows> machine_windows_;  // of the settings
  std::optional<Pending> pending_;
  std::optional<ScanCounts> last_counts_;  // as it was closed; a checkpoint may say less
  uint64_t next_question_ = 0;             // of the list
  double question_budget_ = 0;
  double rate_ = 0;           // asked for now
  double measured_rate_ = 0;  // of the last second
  uint64_t probes_before_ = 0;
  ScanRun::Answers answers_before_;
  uint64_t silent_before_ = 0;
  Clock::time_point last_turn_{};
  Clock::time_point last_second_{};
  std::optional<Clock::time_point> pausing_since_;
  uint64_t tls_before_ = 0;  // of earlier runs
  uint64_t certificates_before_ = 0;
  std::optional<uint64_t> end_mark_;
  std::atomic<bool> held_{false};  // by hold_now(): any thread: w
};

}  // namespace control
