// SPDX-License-Identifier: Apache-2.0
#include "tls/inquiry/scan_round.hpp"

#include "flowtable/base/check.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <span>
#include <string_view>
#include <utility>

namespace tls {

using flowtable::Endpoint;
using flowtable::ScanConnection;
using flowtable::ScanEvent;
using flowtable::ScanEventKind;
using flowtable::ScanExchange;
using flowtable::ScanReply;
using flowtable::TargetOutcome;
using flowtable::Tick;

namespace {

constexpr size_t kEventsPerRound = 256;  // of each exchange, like the next two
constexpr size_t kRepliesPerRound = 4096;
// Orders and dials that a core may be behind: it is given no more work then.
constexpr size_t kBehindMax = 4096;

Tick system_tick() noexcept {
  return std::chrono::time_point_cast<flowtable::TickSpan>(std::chrono::system_clock::now());
}

}  // namespace

ScanRound::ScanRound(const ScanWorkersOptions& options, std::vector<ScanExchange*> exchanges,
                     CertificateCache& certificates, ScanSink& sink)
    : jobs(options.questions_max),
      options_(options),
      exchanges_(std::move(exchanges)),
      sink_(sink),
      tools_{keys_, certificates},
      lanes_(options.workers, exchanges_.size()),
      false_open_(options.false_open_addresses_max),
      taken_(exchanges_.size()),
      num_taken_(2 * exchanges_.size() + 1) {
  CHECK(options.workers > 0 && !exchanges_.empty());
  for (ScanExchange* each : exchanges_) {
    CHECK(each != nullptr);
    outboxes_.emplace_back(*each, counters);
  }
  for (Taken& each : taken_)
    each.events.resize(kEventsPerRound);
  replies_.resize(kRepliesPerRound);
}

bool ScanRound::work() {
  is_busy_ = false;
  now_ = std::chrono::steady_clock::now();
  take_rings();
  stop_jobs();
  sort_events();
  begin_waiting();
  begin_questions();
  lanes_.work_round();
  collect();
  for (ScanOutbox& each : outboxes_)
    is_busy_ = each.flush(now_) || is_busy_;
  deliver();
  num_taken_.back() = jobs.passage().left;
  const uint64_t first_waiting = waiting_.empty() ? next_id_ : waiting_.front().id;
  marks.advance(num_taken_, std::min(lanes_.oldest().value_or(next_id_), first_waiting), next_id_);
  return is_busy_;
}

void ScanRound::take_rings() {
  const uint64_t newest = marks.newest();
  if (newest != 0) {
    std::vector<uint64_t> filled = num_taken_;
    for (size_t i = 0; i < exchanges_.size(); ++i) {
      filled[i] += exchanges_[i]->events.size();
      filled[exchanges_.size() + i] += exchanges_[i]->replies.size();
    }
    filled.back() = jobs.passage().asked;
    marks.notice(newest, std::move(filled));
  }
  for (size_t i = 0; i < exchanges_.size(); ++i) {
    take_replies(i);
    take_events(i);
  }
}

void ScanRound::take_replies(size_t exchange) {
  const size_t count = exchanges_[exchange]->replies.pop(replies_);
  delivery_.replies.insert(delivery_.replies.end(), replies_.begin(),
                           replies_.begin() + static_cast<std::ptrdiff_t>(count));
  num_taken_[exchanges_.size() + exchange] += count;
  counters.add(ScanWorkCounter::replies, count);
  is_busy_ = is_busy_ || count > 0;
}

void ScanRound::take_events(size_t exchange) {
  Taken& taken = taken_[exchange];
  taken.size = 0;
  if (outboxes_[exchange].num_behind() >= kBehindMax) return;
  taken.size = exchanges_[exchange]->events.pop(taken.events);
  num_taken_[exchange] += taken.size;
  counters.add(ScanWorkCounter::events, taken.size);
  is_busy_ = is_busy_ || taken.size > 0;
}

// After the rings were read: what is begun again after a stop told its events later.
void ScanRound::stop_jobs() {
  const ScanJobs::Stopped stopped = jobs.take_stopped();
  counters.add(ScanWorkCounter::questions_forgotten, stopped.num_forgotten);
  for (const uint32_t job : stopped.jobs) {
    const Tick now = system_tick();
    for (const auto& [id, lane] : lanes_.all()) {
      if (lane->inquiry.report().job != job) continue;
      lane->inquiry.stop(now);
      lanes_.touch(*lane);
    }
    for (const Waiting& each : waiting_) {
      if (each.question.job == job) {
        report(each.question, TargetOutcome::open, NoTlsReason::stopped);
      }
    }
    std::erase_if(waiting_, [&](const Waiting& each) { return each.question.job == job; });
  }
}

void ScanRound::sort_events() {
  for (size_t i = 0; i < exchanges_.size(); ++i) {
    for (const ScanEvent& event : std::span(taken_[i].events).first(taken_[i].size))
      hear(i, event);
  }
}

void ScanRound::hear(size_t exchange, const ScanEvent& event) {
  if (event.kind == ScanEventKind::unserved) {
    false_open_.opened(event.job, event.server, event.syn_ack);
    return wait_for_room(exchange, event);
  }
  InquiryLane* const lane = lanes_.find(exchange, event);
  const bool is_opened = event.kind == ScanEventKind::established;
  // What answers over UDP tells nothing of who says yes on every TCP port.
  const bool is_tcp = lane == nullptr || lane->inquiry.report().transport == Transport::tcp;
  if (is_opened && is_tcp) false_open_.opened(event.job, event.server, event.syn_ack);
  if (lane != nullptr) {
    const bool is_heard = event.kind == ScanEventKind::heard;
    if (is_heard && is_tcp) false_open_.heard(event.job, event.server);
    lane->events.push_back(&event);
    return lanes_.touch(*lane);
  }
  if (is_opened && event.token == 0) return adopt(exchange, event);
  counters.add(ScanWorkCounter::events_late);
  if (is_opened) hang_up(exchange, event.connection);
}

void ScanRound::adopt(size_t exchange, const ScanEvent& event) {
  if (lanes_.size() >= options_.inquiries_max) {
    hang_up(exchange, event.connection);
    return wait_for_room(exchange, event);
  }
  counters.add(ScanWorkCounter::services);
  jobs.begun(event.job);
  ServiceQuestion question;
  question.job = event.job;
  question.server = event.server;
  InquiryWishPtr wish = jobs.wish_of(event.job);
  if (wish == nullptr) {
    hang_up(exchange, event.connection);
    counters.add(ScanWorkCounter::services_of_no_job);
    return report(question, TargetOutcome::open, NoTlsReason::stopped);
  }
  auto lane = std::make_unique<InquiryLane>(next_id_++, tools_, std::move(wish), question);
  lane->exchange = exchange;
  lane->adopts = &event;
  lanes_.add(std::move(lane));
}

void ScanRound::hang_up(size_t exchange, const ScanConnection& connection) {
  outboxes_[exchange].add({InquiryAction::Kind::close, connection, 0, {}, {}}, {}, now_);
}

void ScanRound::wait_for_room(size_t exchange, const ScanEvent& event) {
  counters.add(ScanWorkCounter::services);
  jobs.begun(event.job);
  Waiting waiting;
  waiting.question.job = event.job;
  waiting.question.server = event.server;
  if (waiting_.size() >= options_.waiting_max) {
    counters.add(ScanWorkCounter::services_overflowed);
    return report(waiting.question, TargetOutcome::lost_locally, NoTlsReason::none);
  }
  counters.add(ScanWorkCounter::services_waited);
  waiting.id = next_id_++;
  waiting.exchange = exchange;
  waiting.syn_ack = event.syn_ack;
  waiting_.push_back(std::move(waiting));
}

void ScanRound::begin_waiting() {
  while (!waiting_.empty() && lanes_.size() < options_.inquiries_max) {
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    begin(std::move(next));
  }
}

void ScanRound::begin_questions() {
  if (lanes_.size() >= options_.inquiries_max) return;
  std::vector<ServiceQuestion> questions;
  jobs.take_questions(options_.inquiries_max - lanes_.size(), questions);
  for (ServiceQuestion& each : questions) {
    counters.add(ScanWorkCounter::services);
    const size_t exchange = exchange_of(each.server);
    begin({next_id_++, exchange, std::move(each), std::nullopt});
  }
}

void ScanRound::begin(Waiting waiting) {
  is_busy_ = true;
  InquiryWishPtr wish = jobs.wish_of(waiting.question.job);
  if (wish == nullptr) {  // stopped a moment ago
    counters.add(ScanWorkCounter::services_of_no_job);
    return report(waiting.question, TargetOutcome::lost_locally, NoTlsReason::stopped);
  }
  auto lane = std::make_unique<InquiryLane>(waiting.id, tools_, std::move(wish), waiting.question);
  lane->exchange = waiting.exchange;
  lane->syn_ack = waiting.syn_ack;
  lane->begins = system_tick();
  lanes_.add(std::move(lane));
}

// Of a service that no inquiry is made for.
void ScanRound::report(const ServiceQuestion& question, TargetOutcome outcome, NoTlsReason why) {
  ServiceReport out;
  out.job = question.job;
  out.reference = question.reference;
  out.server = question.server;
  out.transport = question.transport;
  out.name = question.name;
  out.began = out.ended = system_tick();
  out.outcome = outcome;
  out.no_tls = why;
  count(out);
  delivery_.reports.push_back(std::move(out));
}

void ScanRound::collect() {
  for (InquiryLane* lane : lanes_.touched()) {
    const ServiceReport& report = lane->inquiry.report();
    const ScanOutbox::DialOf dial{report.job, report.server, report.transport != Transport::tcp};
    for (const InquiryAction& each : lane->actions)
      outboxes_[lane->exchange].add(each, dial, now_);
    if (lane->inquiry.finished()) finish(*lane);
  }
  lanes_.end_round();
}

void ScanRound::finish(InquiryLane& lane) {
  const bool heard_something = lane.inquiry.heard_something();
  counters.add(ScanWorkCounter::thrown_away_bytes, lane.inquiry.num_thrown_away());
  ServiceReport report = lane.inquiry.take_report();
  judge(report, heard_something);
  count(report);
  delivery_.reports.push_back(std::move(report));
  for (Observation& each : lane.inquiry.take_observations())
    delivery_.observations.push_back(std::move(each));
}

void ScanRound::judge(ServiceReport& report, bool heard_something) {
  const bool is_silent = report.no_tls == NoTlsReason::timed_out ||
                         report.no_tls == NoTlsReason::closed ||
                         report.no_tls == NoTlsReason::reset;
  if (heard_something || !is_silent || report.outcome != TargetOutcome::open) return;
  if (false_open_.is_false(report.job, report.server)) report.no_tls = NoTlsReason::false_open;
}

void ScanRound::count(const ServiceReport& report) noexcept {
  using enum ScanWorkCounter;
  const bool is_open = report.outcome == TargetOutcome::open;
  counters.add(reports);
  counters.add(connections, report.connections);
  counters.add(!is_open ? not_open : report.no_tls == NoTlsReason::none ? with_tls : without_tls);
  if (report.no_tls == NoTlsReason::stopped) counters.add(stopped);
  if (report.no_tls == NoTlsReason::false_open) counters.add(false_open);
}

void ScanRound::deliver() {
  if (delivery_.reports.empty() && delivery_.observations.empty() && delivery_.replies.empty()) {
    return;
  }
  is_busy_ = true;
  counters.add(ScanWorkCounter::observations, delivery_.observations.size());
  std::vector<uint32_t> reported;
  for (const ServiceReport& each : delivery_.reports)
    reported.push_back(each.job);
  sink_.accept(std::exchange(delivery_, {}));
  jobs.reported(reported);
}

void ScanRound::stop() {
  const Tick now = system_tick();
  for (const auto& [id, lane] : lanes_.all()) {
    lane->inquiry.stop(now);
    lanes_.touch(*lane);
  }
  for (const Waiting& each : waiting_)
    report(each.question, TargetOutcome::open, NoTlsReason::stopped);
  waiting_.clear();
  lanes_.work_round();
  collect();
  for (ScanOutbox& each : outboxes_)
    (void)each.flush(now_);
  deliver();
}

// Keyed by nothing: who chooses addresses to meet one core only slows a scan of his own.
size_t ScanRound::exchange_of(const Endpoint& server) const noexcept {
  const std::string bytes(server.address.bytes.begin(), server.address.bytes.end());
  return std::hash<std::string>{}(bytes) % exchanges_.size();
}

}  // namespace tls
