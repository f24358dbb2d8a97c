// SPDX-License-Identifier: Apache-2.0
#include "tls/inquiry/scan_workers.hpp"

#include "tls/inquiry/scan_round.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

namespace tls {

class ScanWorkers::State {
 public:
  State(const ScanWorkersOptions& options, std::vector<flowtable::ScanExchange*> exchanges,
        CertificateCache& certificates, ScanSink& sink)
      : round(options, std::move(exchanges), certificates, sink) {}

  ScanRound round;
  std::atomic<bool> stop{false};
};

ScanWorkers::ScanWorkers(const ScanWorkersOptions& options,
                         std::vector<flowtable::ScanExchange*> exchanges,
                         CertificateCache& certificates, ScanSink& sink)
    : state_(std::make_unique<State>(options, std::move(exchanges), certificates, sink)) {}

ScanWorkers::~ScanWorkers() = default;

void ScanWorkers::run() {
  // How long it sleeps when there is nothing to do: short after work, longer in a quiet scan.
  constexpr std::chrono::microseconds kShortest{20};
  constexpr std::chrono::microseconds kLongest{1000};
  std::chrono::microseconds idle = kShortest;
  while (!state_->stop.load(std::memory_order_acquire)) {
    if (state_->round.work()) {
      idle = kShortest;
      continue;
    }
    std::this_thread::sleep_for(idle);
    idle = std::min(idle * 2, kLongest);
  }
  state_->round.stop();
}

void ScanWorkers::request_stop() noexcept {
  state_->stop.store(true, std::memory_order_release);
}

void ScanWorkers::begin_job(uint32_t job, const InquiryWish& wish) {
  state_->round.jobs.begin(job, wish);
}

void ScanWorkers::stop_job(uint32_t job) {
  state_->round.jobs.stop(job);
}

bool ScanWorkers::ask(const ServiceQuestion& question) {
  return state_->round.jobs.ask(question);
}

size_t ScanWorkers::num_under_way(uint32_t job) const {
  return state_->round.jobs.num_under_way(job);
}

uint64_t ScanWorkers::mark() {
  return state_->round.marks.mark();
}

bool ScanWorkers::passed(uint64_t mark) const {
  return state_->round.marks.passed(mark);
}

const ScanWorkCounters& ScanWorkers::counters() const noexcept {
  return state_->round.counters;
}

}  // namespace tls
