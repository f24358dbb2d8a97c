// SPDX-License-Identifier: Apache-2.0
// The workers: captures in, observations out.
#pragma once

#include "flowtable/capture_exchange.hpp"
#include "flowtable/spsc_ring.hpp"
#include "tls/match/dialogue_matcher.hpp"
#include "tls/pipeline/certificate_cache.hpp"
#include "tls/pipeline/pipeline_counter.hpp"
#include "tls/pipeline/record_sink.hpp"
#include "tls/pipeline/resumption_cache.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace tls {

struct PipelineOptions {
  unsigned workers = 1;                        // threads, run()'s caller included; at least 1
  size_t tokens = 8;                           // batches under way at one time; at least 1
  size_t batch_max = 64;                       // captures in a batch; at least 1
  size_t known_certificates_max = 64 * 1024;   // in the cache, see CertificateCache
  size_t resumable_sessions_max = 128 * 1024;  // entries, see ResumptionCache
  const DialogueMatcher* dialogues = nullptr;  // borrowed; null: dialogues before TLS go unnamed
};

// Four stages: take captures from the cores (serial), parse and fingerprint (parallel),
// certificates (parallel), link resumptions, give the captures back and the observations to the
// sink (serial, in order). `tokens` bounds the memory: a slow sink stops the intake, and the poll
// cores count the rest.
class Pipeline {
 public:
  // Borrows all for its life. Capture n of core c goes home by exchanges[c]: the index is
  // capture.flow.core.
  Pipeline(const PipelineOptions& options, std::vector<flowtable::CaptureExchange*> exchanges,
           RecordSink& sink);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // Works until request_stop() was called and every ring is empty; called once, by the thread that
  // becomes one of the workers. While it runs, TBB's parallelism in the whole process is
  // `workers`: the pipeline is the only user of TBB here.
  void run();
  // Any thread. What the cores had pushed before this call is still worked on.
  void request_stop() noexcept { stop_.store(true, std::memory_order_release); }

  // Any thread may read.
  [[nodiscard]] const PipelineCounters& counters() const noexcept { return counters_; }
  [[nodiscard]] const CertificateCache& certificates() const noexcept { return certificates_; }
  // Any thread: who else reads certificates shares what is known of them.
  [[nodiscard]] CertificateCache& certificates() noexcept { return certificates_; }

 private:
  class Workers;
  struct Batch;
  // A batch as each stage hands it on: the type says what is filled in.
  struct Taken {
    Batch* batch;
  };
  struct Parsed {
    Batch* batch;
  };
  struct Resolved {
    Batch* batch;
  };

  [[nodiscard]] Taken take_captures();                         // stage 1; null: the end
  [[nodiscard]] Parsed parse(Taken taken) const;               // stage 2
  [[nodiscard]] Resolved resolve_certificates(Parsed parsed);  // stage 3
  void deliver(Resolved resolved);                             // stage 4
  // False where the pipeline was stopped and all rings are empty.
  [[nodiscard]] bool wait_for_captures(std::vector<flowtable::HandshakeCapture*>& captures);
  // Adds to what is there, up to a whole batch.
  void poll_rings(std::vector<flowtable::HandshakeCapture*>& captures);
  void link_resumptions(Batch& batch);
  void count(const Batch& batch) noexcept;

  const PipelineOptions options_;
  const std::vector<flowtable::CaptureExchange*> exchanges_;
  RecordSink& sink_;
  CertificateCache certificates_;
  ResumptionCache resumable_;  // stage 4 alone
  const std::unique_ptr<Workers> workers_;
  std::vector<std::unique_ptr<Batch>> batches_;  // one for each token
  flowtable::SpscRing<Batch*> free_batches_;     // stage 4 pushes, stage 1 pops
  PipelineCounters counters_;                    // stage 4 writes
  std::atomic<bool> stop_{false};
  // A serial stage runs on one thread at a time, but not always on the same one. TBB orders its
  // runs; these say so where tools and readers can see it.
  std::atomic<uint64_t> num_taken_{0};      // stage 1: rw
  std::atomic<uint64_t> num_delivered_{0};  // stage 4: rw
  size_t next_exchange_ = 0;                // stage 1 alone: where the next round begins
};

}  // namespace tls
