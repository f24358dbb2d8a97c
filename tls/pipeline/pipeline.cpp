// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/pipeline.hpp"

#include "flowtable/base/check.hpp"
#include "tls/pipeline/session_parser.hpp"

#include <oneapi/tbb/enumerable_thread_specific.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_pipeline.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <span>
#include <thread>
#include <utility>

namespace tls {

using flowtable::CaptureExchange;
using flowtable::HandshakeCapture;

namespace {

// How long the first stage sleeps when no core has anything: short after work, up to 1 ms when
// the network is quiet, so that an idle appliance costs next to nothing.
class BackOff {
 public:
  void wait() {
    std::this_thread::sleep_for(span_);
    span_ = std::min<std::chrono::microseconds>(span_ * 2, kLongest);
  }

 private:
  static constexpr std::chrono::microseconds kLongest{1000};
  std::chrono::microseconds span_{20};
};

}  // namespace

// TBB's part, apart from the header.
class Pipeline::Workers {
 public:
  explicit Workers(unsigned count) : arena_(static_cast<int>(count)), count_(count) {}

  template <typename Stages>
  void run(size_t tokens, const Stages& stages) {
    using oneapi::tbb::global_control;
    // Without it TBB would never start more threads than the machine has cores.
    const global_control threads(global_control::max_allowed_parallelism, count_);
    arena_.execute([&] { oneapi::tbb::parallel_pipeline(tokens, stages); });
  }

  [[nodiscard]] SessionParser& parser() { return parsers_.local(); }

 private:
  oneapi::tbb::task_arena arena_;
  const unsigned count_;
  oneapi::tbb::enumerable_thread_specific<SessionParser> parsers_;
};

struct Pipeline::CaptureBatch {
  std::vector<HandshakeCapture*> captures;
};

struct Pipeline::ParsedBatch {
  std::vector<HandshakeCapture*> captures;
  std::vector<ParsedSession> sessions;  // one for each capture
};

struct Pipeline::FinishedBatch {
  std::vector<HandshakeCapture*> captures;
  RecordBatch records;
  uint64_t certificates_new = 0;
  uint64_t certificates_known = 0;
};

Pipeline::Pipeline(const PipelineOptions& options, std::vector<CaptureExchange*> exchanges,
                   RecordSink& sink)
    : options_(options),
      exchanges_(std::move(exchanges)),
      sink_(sink),
      certificates_(options.known_certificates_max),
      workers_(std::make_unique<Workers>(options.workers)) {
  CHECK(options_.workers > 0 && options_.tokens > 0 && options_.batch_max > 0);
  CHECK(std::ranges::none_of(exchanges_, [](const auto* exchange) { return exchange == nullptr; }));
}

Pipeline::~Pipeline() = default;

void Pipeline::run() {
  namespace tbb = oneapi::tbb;
  const auto intake = [this](tbb::flow_control& control) {
    CaptureBatch batch = take_captures();
    if (batch.captures.empty()) control.stop();
    return batch;
  };
  workers_->run(
      options_.tokens,
      tbb::make_filter<void, CaptureBatch>(tbb::filter_mode::serial_in_order, intake) &
          tbb::make_filter<CaptureBatch, ParsedBatch>(
              tbb::filter_mode::parallel,
              [this](CaptureBatch batch) { return parse(std::move(batch)); }) &
          tbb::make_filter<ParsedBatch, FinishedBatch>(
              tbb::filter_mode::parallel,
              [this](ParsedBatch batch) { return resolve_certificates(std::move(batch)); }) &
          tbb::make_filter<FinishedBatch, void>(
              tbb::filter_mode::serial_in_order,
              [this](FinishedBatch batch) { deliver(std::move(batch)); }));
}

Pipeline::CaptureBatch Pipeline::take_captures() {
  BackOff back_off;
  while (true) {
    // Asked before the rings are looked at: what was pushed before the stop is then seen.
    const bool stopping = stop_.load(std::memory_order_acquire);
    CaptureBatch batch = poll_rings();
    if (!batch.captures.empty() || stopping) return batch;
    back_off.wait();
  }
}

// Each round begins with another core, so that a busy one cannot starve the others.
Pipeline::CaptureBatch Pipeline::poll_rings() {
  CaptureBatch batch;
  for (size_t i = 0; i < exchanges_.size(); ++i) {
    CaptureExchange& exchange = *exchanges_[(next_exchange_ + i) % exchanges_.size()];
    const size_t before = batch.captures.size();
    const size_t wanted = std::min(exchange.handed_off.size(), options_.batch_max - before);
    batch.captures.resize(before + wanted);
    const size_t got = exchange.handed_off.pop(std::span(batch.captures).subspan(before));
    batch.captures.resize(before + got);
  }
  if (!exchanges_.empty()) next_exchange_ = (next_exchange_ + 1) % exchanges_.size();
  return batch;
}

Pipeline::ParsedBatch Pipeline::parse(CaptureBatch batch) const {
  SessionParser& parser = workers_->parser();
  ParsedBatch out;
  out.sessions.reserve(batch.captures.size());
  for (const HandshakeCapture* capture : batch.captures)
    out.sessions.push_back(parser.parse(*capture));
  out.captures = std::move(batch.captures);
  return out;
}

Pipeline::FinishedBatch Pipeline::resolve_certificates(ParsedBatch batch) {
  FinishedBatch out;
  const auto resolve = [&](const std::vector<flowtable::Bytes>& ders,
                           std::vector<CertificatePtr>& certificates) {
    certificates.reserve(ders.size());
    for (const flowtable::Bytes der : ders) {
      CertificateCache::Found found = certificates_.find_or_parse(der);
      ++(found.is_new ? out.certificates_new : out.certificates_known);
      certificates.push_back(std::move(found.certificate));
    }
  };
  out.records.reserve(batch.sessions.size());
  for (ParsedSession& session : batch.sessions) {
    if (!session.is_tls) continue;
    resolve(session.certs, session.observation.certs);
    resolve(session.client_certs, session.observation.client_certs);
    out.records.push_back(std::move(session.observation));
  }
  out.captures = std::move(batch.captures);
  return out;
}

void Pipeline::deliver(FinishedBatch batch) {
  count(batch);
  // First the captures, then the sink, which may wait: the cores are not to run dry meanwhile.
  for (HandshakeCapture* capture : batch.captures) {
    CHECK(capture->flow.core < exchanges_.size());
    CHECK(exchanges_[capture->flow.core]->returned.push(capture));
  }
  if (!batch.records.empty()) sink_.accept(std::move(batch.records));
}

void Pipeline::count(const FinishedBatch& batch) noexcept {
  using enum PipelineCounter;
  // The last, empty batch only says that there are no more.
  if (batch.captures.empty()) return;
  counters_.add(captures, batch.captures.size());
  counters_.add(batches);
  counters_.add(not_tls, batch.captures.size() - batch.records.size());
  counters_.add(sessions, batch.records.size());
  counters_.add(certificates_new, batch.certificates_new);
  counters_.add(certificates_known, batch.certificates_known);
  for (const Observation& seen : batch.records)
    counters_.add(counter_of(seen.missing));
}

}  // namespace tls
