// SPDX-License-Identifier: Apache-2.0
// The workers of the active eye: what happened on our connections in, what to say and reports out.
#pragma once

#include "flowtable/scan_exchange.hpp"
#include "tls/inquiry/scan_work_counter.hpp"
#include "tls/pipeline/certificate_cache.hpp"
#include "tls/pipeline/service_report.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace tls {

struct ScanWorkersOptions {
  unsigned workers = 1;            // threads, run()'s caller included
  size_t inquiries_max = 16384;    // under way at one time
  size_t waiting_max = 64 * 1024;  // open targets beyond these; more are reported as lost_locally
  size_t questions_max = 4096;     // that wait for their first dial
  size_t false_open_addresses_max = 64 * 1024;  // see FalseOpenTable
};

// What a sweep's connections say first on a port: a whole hello of probe a, or nothing where the
// server speaks first. `fresh_at`: where its random is; -1: nowhere.
struct SweepWords {
  std::vector<uint8_t> bytes;
  int fresh_at = -1;
};
[[nodiscard]] SweepWords sweep_words(uint16_t port);

// One thread calls run(); TBB's workers of its arena help. Events of one connection are worked on
// in order, those of different ones at the same time.
class ScanWorkers {
 public:
  // Borrows all for its life.
  ScanWorkers(const ScanWorkersOptions& options, std::vector<flowtable::ScanExchange*> exchanges,
              CertificateCache& certificates, ScanSink& sink);
  ~ScanWorkers();
  ScanWorkers(const ScanWorkers&) = delete;
  ScanWorkers& operator=(const ScanWorkers&) = delete;

  void run();
  // Any thread, as all below. Inquiries under way are reported as stopped.
  void request_stop() noexcept;

  // Before a core gets a plan of this job and before questions of it.
  void begin_job(uint32_t job, const InquiryWish& wish);
  // Its inquiries end as stopped, its questions are forgotten (no report). An open target that a
  // core tells later is reported as stopped: whoever resumes the job finds it there.
  void stop_job(uint32_t job);
  // False where questions_max wait already: ask again later. A question of a job that was not
  // begun, or was stopped, is forgotten.
  [[nodiscard]] bool ask(const ServiceQuestion& question);
  // Questions and inquiries of a job that have not been reported yet.
  [[nodiscard]] size_t num_under_way(uint32_t job) const;

  // A moment: passed(mark()) is true from when all that the cores had told before the call has been
  // worked on and delivered, with every inquiry that it began. For checkpoints.
  [[nodiscard]] uint64_t mark();
  [[nodiscard]] bool passed(uint64_t mark) const;

  [[nodiscard]] const ScanWorkCounters& counters() const noexcept;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace tls
