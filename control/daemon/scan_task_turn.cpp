// SPDX-License-Identifier: Apache-2.0
// What a job does while it runs. (How it begins and ends: scan_task.cpp.)
#include "control/daemon/range_progress.hpp"
#include "control/daemon/scan_task.hpp"

#include <algorithm>
#include <ctime>

namespace control {
namespace {

using std::chrono::duration;

// Questions of the list that may wait in the workers: more would only be a longer stop.
constexpr uint64_t kUnderWayMost = 2048;

double seconds_between(ScanTask::Clock::time_point from, ScanTask::Clock::time_point to) {
  return duration<double>(to - from).count();
}

std::string clock_text(std::time_t time) {
  std::tm local{};
  localtime_r(&time, &local);
  std::string out(32, '\0');
  out.resize(std::strftime(out.data(), out.size(), "%a %H:%M", &local));
  return out;
}

}  // namespace

// At the job's rate; while there is a sweep too, both have half of it.
void ScanTask::feed_list(Clock::time_point now) {
  if (pausing_since_ || record_.state != ScanState::running) return;
  const uint64_t size = job_->num_listed();
  const bool both = next_question_ < size && !run_->finished();
  run_->set_rate(both ? rate_ / 2 : rate_);
  if (next_question_ == size) return;
  const double rate = both ? rate_ / 2 : rate_;
  question_budget_ = std::min(question_budget_ + rate * seconds_between(last_turn_, now),
                              std::max(rate / 10, 1.0));
  while (question_budget_ >= 1 && next_question_ < size &&
         around_.workers.num_under_way(record_.id) < kUnderWayMost) {
    tls::ServiceQuestion question = job_->list().at(next_question_);
    question.job = record_.id;
    question.reference = next_question_ + 1;
    if (!around_.workers.ask(question)) break;
    ++next_question_;
    question_budget_ -= 1;
  }
}

bool ScanTask::is_in_windows() const {
  const std::time_t now = std::time(nullptr);
  return machine_windows_->is_open(now) && windows_->is_open(now);
}

// Windows of time, the settings' and the job's: both must be open.
void ScanTask::hold_or_go() {
  if (pausing_since_) return;
  const std::time_t now = std::time(nullptr);
  for (const auto* windows : {&*machine_windows_, &*windows_}) {
    if (windows->is_open(now)) continue;
    run_->hold(true);
    const auto change = windows->next_change(now);
    return set_state(ScanState::waiting,
                     "its window of time" + (change ? ": " + clock_text(*change) : ""));
  }
  if (lease_ && rate_ < 1) {
    run_->hold(true);
    return set_state(ScanState::waiting, "its share of the fleet's rate");
  }
  if (run_->waits_for_gateway())
    return set_state(ScanState::waiting, "a gateway that does not answer (ARP, ND)");
  if (record_.state != ScanState::waiting || held_) return;
  run_->hold(false);
  set_state(ScanState::running);
}

// In force before the fleet is told so: what is lowered here may be given to somebody else then.
void ScanTask::take_rate_of_lease() {
  const double own = adapter_ ? adapter_->rate() : job_->spec().rate;
  lease_->apply_rate([&](uint32_t rate) {
    rate_ = std::min<double>(own, rate);
    if (rate_ < 1) run_->hold(true);
    run_->set_rate(std::max(rate_, 1.0));
    run_->set_ceiling(std::max<double>(rate, 1));
  });
}

bool ScanTask::obey_lease(Clock::time_point now) {
  const RangeLease::Wanted wanted = lease_->wanted(now);
  if (wanted.wish == RangeLease::Wish::stop) {
    stop();
    record_.note = wanted.why;
    save();
    return false;
  }
  if (wanted.wish == RangeLease::Wish::give_back) pause();
  take_rate_of_lease();
  return true;
}

void ScanTask::adapt(double seconds) {
  const ScanRun::Answers answers = run_->answers();
  const uint64_t silent = run_->counts().silent;
  if (adapter_ && record_.state == ScanState::running) {
    rate_ = adapter_->next({.seconds = seconds,
                            .answered_first = answers.first - answers_before_.first,
                            .answered_again = answers.again - answers_before_.again,
                            .silent = silent - silent_before_,
                            .not_sent = 0});
  }
  answers_before_ = answers;
  silent_before_ = silent;
}

void ScanTask::every_second(Clock::time_point now) {
  const double seconds = seconds_between(last_second_, now);
  last_second_ = now;
  const uint64_t probes = run_->counts().probes;
  measured_rate_ = static_cast<double>(probes - probes_before_) / seconds;
  probes_before_ = probes;
  adapt(seconds);
  const ScanTally tally = around_.desk.tally(record_.id);
  record_.tls = tls_before_ + tally.tls;
  record_.certificates = certificates_before_ + tally.certificates;
  around_.desk.show_progress(record_.id, view());
  if (pausing_since_) return;
  if (!pending_) {
    take_checkpoint();
  } else if (commit_checkpoint()) {
    save();
    tell_store();
  }
}

void ScanTask::take_checkpoint() {
  pending_ = Pending{.mark = 0, .shards = run_->checkpoints(), .list_position = next_question_};
  pending_->mark = around_.workers.mark();
}

bool ScanTask::commit_checkpoint() {
  if (!pending_ || !around_.workers.passed(pending_->mark)) return false;
  // What was found has to outlive us before its targets count as asked.
  if (around_.store != nullptr && !around_.store->flush(kFlushMost)) return false;
  record_.shards = pending_->shards;
  if (lease_) lease_->record(progress_of(record_.shards));
  record_.list_counts += around_.desk.take_list_counts(record_.id, pending_->list_position);
  record_.list_position = pending_->list_position;
  pending_.reset();
  return true;
}

}  // namespace control
