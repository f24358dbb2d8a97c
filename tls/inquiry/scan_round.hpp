// SPDX-License-Identifier: Apache-2.0
// One round of the scanner's workers: rings in, inquiries worked on, rings and sink out.
#pragma once

#include "tls/inquiry/false_open_table.hpp"
#include "tls/inquiry/inquiry_lanes.hpp"
#include "tls/inquiry/scan_jobs.hpp"
#include "tls/inquiry/scan_marks.hpp"
#include "tls/inquiry/scan_outbox.hpp"
#include "tls/inquiry/scan_workers.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace tls {

// All of it is for one thread, but `jobs` and `marks`.
class ScanRound {
 public:
  ScanRound(const ScanWorkersOptions& options, std::vector<flowtable::ScanExchange*> exchanges,
            CertificateCache& certificates, ScanSink& sink);

  // False where there was nothing to do.
  bool work();
  // Everything under way ends as stopped and is delivered.
  void stop();

  ScanJobs jobs;
  ScanMarks marks;
  ScanWorkCounters counters;

 private:
  // An open service that waits for its inquiry.
  struct Waiting {
    uint64_t id = 0;  // of the inquiry to be
    size_t exchange = 0;
    ServiceQuestion question;
    std::optional<flowtable::SynFacts> syn_ack;
  };

  void take_rings();
  void take_replies(size_t exchange);
  void take_events(size_t exchange);
  void sort_events();
  void hear(size_t exchange, const flowtable::ScanEvent& event);
  void adopt(size_t exchange, const flowtable::ScanEvent& event);
  void hang_up(size_t exchange, const flowtable::ScanConnection& connection);
  void wait_for_room(size_t exchange, const flowtable::ScanEvent& event);
  void stop_jobs();
  void begin_waiting();
  void begin_questions();
  void begin(Waiting waiting);
  void report(const ServiceQuestion& question, flowtable::TargetOutcome outcome, NoTlsReason why);
  void collect();
  void finish(InquiryLane& lane);
  void judge(ServiceReport& report, bool heard_something);
  void count(const ServiceReport& report) noexcept;
  void deliver();
  [[nodiscard]] size_t exchange_of(const flowtable::Endpoint& server) const noexcept;

  const ScanWorkersOptions options_;
  const std::vector<flowtable::ScanExchange*> exchanges_;
  ScanSink& sink_;
  const probe::KeyShares keys_;
  const InquiryTools tools_;
  InquiryLanes lanes_;
  FalseOpenTable false_open_;
  std::deque<ScanOutbox> outboxes_;  // by exchange
  std::deque<Waiting> waiting_;      // by id
  struct Taken {
    std::vector<flowtable::ScanEvent> events;
    size_t size = 0;
  };
  std::vector<Taken> taken_;  // by exchange, of this round
  // Of each exchange's events, of each one's replies, and of the questions.
  std::vector<uint64_t> num_taken_;
  std::vector<flowtable::ScanReply> replies_;
  ScanDelivery delivery_;
  ScanOutbox::Time now_{};
  uint64_t next_id_ = 1;
  bool is_busy_ = false;
};

}  // namespace tls
