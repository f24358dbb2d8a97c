// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/pipeline.hpp"

#include "flowtable/base/check.hpp"
#include "tls/pipeline/session_parser.hpp"
#include "tls/pipeline/tlsh_memo.hpp"

#include <oneapi/tbb/enumerable_thread_specific.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_pipeline.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <span>
#include <thread>
#include <utility>

namespace tls {

using flowtable::CaptureExchange;
using flowtable::HandshakeCapture;

namespace {

// How long the first stage sleeps when no core has anything, or so little that going to sleep and
// waking up would cost more than the work: short after work, up to 1 ms when the network is quiet,
// so that an idle appliance costs next to nothing.
class BackOff {
 public:
  void wait() {
    std::this_thread::sleep_for(span_);
    span_ = std::min<std::chrono::microseconds>(span_ * 2, kLongest);
    has_waited_ = true;
  }
  [[nodiscard]] bool has_waited() const noexcept { return has_waited_; }

 private:
  static constexpr std::chrono::microseconds kLongest{1000};
  std::chrono::microseconds span_{250};
  bool has_waited_ = false;
};

// What one thread keeps from batch to batch.
struct Worker {
  explicit Worker(const DialogueMatcher* dialogues) : parser(dialogues) {}
  SessionParser parser;
  TlshMemo tlsh;
};

}  // namespace

// TBB's part, apart from the header.
class Pipeline::Workers {
 public:
  Workers(unsigned count, const DialogueMatcher* dialogues)
      : arena_(static_cast<int>(count)), count_(count), of_threads_(dialogues) {}

  template <typename Stages>
  void run(size_t tokens, const Stages& stages) {
    using oneapi::tbb::global_control;
    // Without it TBB would never start more threads than the machine has cores.
    const global_control threads(global_control::max_allowed_parallelism, count_);
    arena_.execute([&] { oneapi::tbb::parallel_pipeline(tokens, stages); });
  }

  [[nodiscard]] Worker& of_this_thread() { return of_threads_.local(); }

 private:
  oneapi::tbb::task_arena arena_;
  const unsigned count_;
  oneapi::tbb::enumerable_thread_specific<Worker> of_threads_;
};

// How far a batch has come. Each stage stores it when it is done and the next one checks it: an
// invariant, and an edge from thread to thread that does not hide inside TBB's library.
enum class BatchStage : uint8_t { free, taken, parsed, resolved };

// The work of one token. Goes round for ever, with the memory of its vectors.
struct Pipeline::Batch {
  std::atomic<BatchStage> stage{BatchStage::free};
  uint64_t number = 0;
  std::vector<HandshakeCapture*> captures;
  std::vector<ParsedSession> sessions;  // one for each capture
  RecordBatch records;
  std::vector<ResumptionKeys> resumption_keys;  // one for each record
  uint64_t certificates_new = 0;
  uint64_t certificates_known = 0;

  void expect(BatchStage wanted) const noexcept {
    CHECK(stage.load(std::memory_order_acquire) == wanted);
  }
  void reach(BatchStage reached) noexcept { stage.store(reached, std::memory_order_release); }
};

Pipeline::Pipeline(const PipelineOptions& options, std::vector<CaptureExchange*> exchanges,
                   RecordSink& sink)
    : options_(options),
      exchanges_(std::move(exchanges)),
      sink_(sink),
      certificates_(options.known_certificates_max),
      resumable_(options.resumable_sessions_max),
      workers_(std::make_unique<Workers>(options.workers, options.dialogues)),
      free_batches_(options.tokens) {
  CHECK(options_.workers > 0 && options_.batch_max > 0);
  CHECK(std::ranges::none_of(exchanges_, [](const auto* exchange) { return exchange == nullptr; }));
  for (size_t i = 0; i < options_.tokens; ++i) {
    batches_.push_back(std::make_unique<Batch>());
    CHECK(free_batches_.push(batches_.back().get()));
  }
}

Pipeline::~Pipeline() = default;

void Pipeline::run() {
  namespace tbb = oneapi::tbb;
  const auto intake = [this](tbb::flow_control& control) {
    const Taken taken = take_captures();
    if (taken.batch == nullptr) control.stop();
    return taken;
  };
  workers_->run(
      options_.tokens,
      tbb::make_filter<void, Taken>(tbb::filter_mode::serial_in_order, intake) &
          tbb::make_filter<Taken, Parsed>(tbb::filter_mode::parallel,
                                          [this](Taken taken) { return parse(taken); }) &
          tbb::make_filter<Parsed, Resolved>(
              tbb::filter_mode::parallel,
              [this](Parsed parsed) { return resolve_certificates(parsed); }) &
          tbb::make_filter<Resolved, void>(tbb::filter_mode::serial_in_order,
                                           [this](Resolved resolved) { deliver(resolved); }));
  // All that was taken was delivered, and is this thread's to see.
  CHECK(num_delivered_.load(std::memory_order_acquire) ==
        num_taken_.load(std::memory_order_acquire));
}

Pipeline::Taken Pipeline::take_captures() {
  const uint64_t number = num_taken_.load(std::memory_order_acquire);
  Batch* batch = nullptr;
  // TBB starts no more than `tokens` batches, and one that is delivered is free again.
  CHECK(free_batches_.pop(std::span(&batch, 1)) == 1);
  batch->expect(BatchStage::free);
  batch->number = number;
  if (!wait_for_captures(batch->captures)) {
    num_taken_.store(number, std::memory_order_release);
    return {nullptr};
  }
  batch->reach(BatchStage::taken);
  num_taken_.store(number + 1, std::memory_order_release);
  return {batch};
}

bool Pipeline::wait_for_captures(std::vector<HandshakeCapture*>& captures) {
  BackOff back_off;
  while (true) {
    // Asked before the rings are looked at: what was pushed before the stop is then seen.
    const bool stopping = stop_.load(std::memory_order_acquire);
    poll_rings(captures);
    const bool is_enough = captures.size() > options_.batch_max / 4;
    if (is_enough || (!captures.empty() && back_off.has_waited())) return true;
    if (stopping) return !captures.empty();
    back_off.wait();
  }
}

// Each round begins with another core, so that a busy one cannot starve the others.
void Pipeline::poll_rings(std::vector<HandshakeCapture*>& captures) {
  const size_t num_before = captures.size();
  captures.resize(options_.batch_max);
  auto room = std::span<HandshakeCapture*>(captures).subspan(num_before);
  for (size_t i = 0; i < exchanges_.size() && !room.empty(); ++i) {
    CaptureExchange& exchange = *exchanges_[(next_exchange_ + i) % exchanges_.size()];
    room = room.subspan(exchange.handed_off.pop(room));
  }
  captures.resize(options_.batch_max - room.size());
  if (!exchanges_.empty()) next_exchange_ = (next_exchange_ + 1) % exchanges_.size();
}

Pipeline::Parsed Pipeline::parse(Taken taken) const {
  Batch& batch = *taken.batch;
  batch.expect(BatchStage::taken);
  SessionParser& parser = workers_->of_this_thread().parser;
  for (const HandshakeCapture* capture : batch.captures)
    batch.sessions.push_back(parser.parse(*capture));
  batch.reach(BatchStage::parsed);
  return {&batch};
}

Pipeline::Resolved Pipeline::resolve_certificates(Parsed parsed) {
  Batch& batch = *parsed.batch;
  batch.expect(BatchStage::parsed);
  const auto resolve = [&](const std::vector<flowtable::Bytes>& ders,
                           std::vector<CertificatePtr>& certificates) {
    certificates.reserve(ders.size());
    for (const flowtable::Bytes der : ders) {
      CertificateCache::Found found = certificates_.find_or_parse(der);
      ++(found.is_new ? batch.certificates_new : batch.certificates_known);
      certificates.push_back(std::move(found.certificate));
    }
  };
  TlshMemo& tlsh = workers_->of_this_thread().tlsh;
  batch.records.reserve(batch.sessions.size());
  for (ParsedSession& session : batch.sessions) {
    if (!session.is_tls) continue;
    resolve(session.certs, session.observation.certs);
    resolve(session.client_certs, session.observation.client_certs);
    session.observation.tlsh = tlsh.of(session.observation);
    batch.resumption_keys.push_back(resumption_keys(session.observation, session.handles));
    batch.records.push_back(std::move(session.observation));
  }
  batch.sessions.clear();
  batch.reach(BatchStage::resolved);
  return {&batch};
}

void Pipeline::deliver(Resolved resolved) {
  Batch& batch = *resolved.batch;
  batch.expect(BatchStage::resolved);
  CHECK(num_delivered_.load(std::memory_order_acquire) == batch.number);
  link_resumptions(batch);
  count(batch);
  // First the captures, then the sink, which may wait: the cores are not to run dry meanwhile.
  for (HandshakeCapture* capture : batch.captures) {
    CHECK(capture->flow.core < exchanges_.size());
    CHECK(exchanges_[capture->flow.core]->returned.push(capture));
  }
  if (!batch.records.empty()) sink_.accept(std::move(batch.records));
  batch.captures.clear();
  batch.records = RecordBatch();
  batch.resumption_keys.clear();
  batch.certificates_new = 0;
  batch.certificates_known = 0;
  const uint64_t number = batch.number;
  batch.reach(BatchStage::free);
  CHECK(free_batches_.push(&batch));
  // Last: the next run of this stage may be on another thread, and pushes there.
  num_delivered_.store(number + 1, std::memory_order_release);
}

void Pipeline::link_resumptions(Batch& batch) {
  using enum PipelineCounter;
  const uint64_t evicted_before = resumable_.num_evicted();
  for (size_t i = 0; i < batch.records.size(); ++i) {
    const Resumption found = resumable_.note(batch.records[i], batch.resumption_keys[i]);
    if (found == Resumption::none) continue;
    counters_.add(found == Resumption::linked ? resumptions_linked : resumptions_unlinked);
  }
  counters_.add(resumable_evicted, resumable_.num_evicted() - evicted_before);
}

void Pipeline::count(const Batch& batch) noexcept {
  using enum PipelineCounter;
  // What the cores counted before they handed these over is seen by whoever sees the counts below.
  std::atomic_thread_fence(std::memory_order_release);
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
