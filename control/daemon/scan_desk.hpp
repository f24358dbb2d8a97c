// SPDX-License-Identifier: Apache-2.0
// Where the findings of the scanner go.
#pragma once

#include "control/daemon/live_sink.hpp"
#include "control/ipc/message.hpp"
#include "control/ipc/subscription.hpp"
#include "control/scan/scan_job_file.hpp"
#include "tls/pipeline/service_report.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace control {

enum class ScanFormat : uint8_t {
  rows,    // the columns of `tapseal scan`
  records  // native records
};

struct ScanFollower {
  ScanFormat format = ScanFormat::rows;
  std::shared_ptr<Subscription> to;  // null: nobody
};

// What was found for one job since this daemon began or took it up again.
struct ScanTally {
  uint64_t tls = 0;           // services that speak it
  uint64_t certificates = 0;  // different ones
};

// References of questions: those of a list have their number in it, plus one; 0 is the sweep's.
inline constexpr uint64_t kAskedAgain = UINT64_MAX;  // a known service, under another name

// Between the workers, whose thread brings findings, and the memory, the record file and whoever
// follows a scan at the socket. A follower who reads slowly holds the workers up for a moment, and
// the cores behind them; one who does not read at all misses rows and is told how many.
class ScanDesk final : public tls::ScanSink {
 public:
  struct Parts {
    std::string sensor;
    LiveSink& sink;
    std::function<void()> wake;  // the server; must not wait
    // A service of a sweep that speaks TLS: it may be asked again by other names.
    std::function<void(const tls::ServiceReport&)> on_service;
  };
  explicit ScanDesk(Parts parts) : parts_(std::move(parts)) {}

  void accept(tls::ScanDelivery&& delivery) override;

  // Any thread, as all below. From now on the job's findings are counted, until forget().
  void open(uint32_t job);
  // Rows of the job from now on.
  void follow(uint32_t job, const ScanFollower& follower);
  // A row for those who follow in rows: how far it is.
  void show_progress(uint32_t job, const Json& progress);
  // The last row, a JSON object, for those who follow in records; then everybody's reply ends.
  void end(uint32_t job, std::string_view last);

  [[nodiscard]] ScanTally tally(uint32_t job) const;
  // Counts of the list's questions before `position`, which have all been reported, and forgets
  // them: the caller keeps the sum. What was reported of later ones stays.
  [[nodiscard]] ScanCounts take_list_counts(uint32_t job, uint64_t position);
  // What has not been taken.
  [[nodiscard]] ScanCounts list_counts(uint32_t job) const;
  void forget(uint32_t job);

 private:
  struct Job {
    ScanTally tally;
    struct Reported {
      uint64_t reference;
      flowtable::TargetOutcome outcome;
    };
    std::vector<Reported> list;                    // not taken yet
    std::unordered_set<std::string> certificates;  // SHA-256 of those counted
    std::vector<ScanFollower> followers;
  };

  // A row that is to be shown, made while the jobs were locked and pushed when they are not.
  struct Shown {
    std::shared_ptr<Subscription> to;
    std::string row;
  };
  template <typename MakeText>
  void show_to(uint32_t job, const MakeText& text, std::vector<Shown>& out);

  void count(const tls::ServiceReport& report);
  [[nodiscard]] std::vector<Shown> rows_of(const tls::ScanDelivery& delivery);
  void push(const std::vector<Shown>& rows);

  const Parts parts_;
  mutable std::mutex mutex_;
  std::map<uint32_t, Job> jobs_;
};

}  // namespace control
