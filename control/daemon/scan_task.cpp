// SPDX-License-Identifier: Apache-2.0
// How a job begins, is held and ends. (What it does meanwhile: scan_task_turn.cpp.)
#include "control/daemon/scan_task.hpp"

#include "control/daemon/kernel_addresses.hpp"
#include "control/daemon/log.hpp"
#include "control/daemon/range_progress.hpp"

#include <thread>

namespace control {
namespace {

using flowtable::Tick;

// What is under way when a job is paused may end by itself for so long. The rest is let go: it is
// behind the last checkpoint, and asked again.
constexpr std::chrono::seconds kPauseMost{3};

Tick now_tick() {
  return std::chrono::time_point_cast<flowtable::TickSpan>(std::chrono::system_clock::now());
}

TimeWindows windows_of(const std::vector<std::string>& texts) {
  std::vector<TimeWindow> out;
  for (const std::string& text : texts) {
    if (auto window = parse_time_window(text); window) out.push_back(std::move(window).value());
  }
  return TimeWindows(std::move(out));
}

}  // namespace

ScanTask::ScanTask(const ScanSurroundings& around, ScanJobRecord record,
                   std::unique_ptr<ScanJob> job)
    : around_(around), record_(std::move(record)), job_(std::move(job)) {
  const auto spec = spec_of_record();
  if (spec) spec_text_ = scan_text(spec.value());
}

ScanTask::ScanTask(const ScanSurroundings& around, ScanJobRecord record,
                   std::shared_ptr<RangeLease> lease)
    : ScanTask(around, std::move(record), std::unique_ptr<ScanJob>()) {
  lease_ = std::move(lease);
}

flowtable::OrError<ScanSpec> ScanTask::spec_of_record() const {
  const auto arguments = parse_reply_json(record_.arguments);
  if (!arguments) return flowtable::Failure{flowtable::Error{"its file is broken"}};
  ScanDefaults defaults;
  defaults.rate_max = around_.settings.rate_max;
  defaults.own_name = around_.settings.own_name;
  return read_scan_spec(arguments.value(), defaults);
}

ScanTask::~ScanTask() {
  let_go();
  if (lease_) lease_->close(RangeLease::End::given_back);
}

void ScanTask::set_state(ScanState state, const std::string& note) {
  if (record_.state == state && record_.note == note) return;
  record_.state = state;
  record_.note = note;
  save();
  tell_store();
}

void ScanTask::fail(const std::string& why) {
  log_line("scan " + std::to_string(record_.id), why);
  end(ScanState::failed, why);
}

void ScanTask::begin(const std::atomic<bool>& stop) {
  if (lease_) {
    const RangeLease::Wanted wanted = lease_->wanted(Clock::now());
    if (wanted.wish != RangeLease::Wish::go_on) return end(ScanState::stopped, wanted.why);
  }
  if (!job_) {
    const auto spec = spec_of_record();
    if (!spec) return fail(spec.error().message);
    auto made = ScanJob::make(record_.id, spec.value(), around_.site);
    if (!made) return fail(made.error().message);
    job_ = std::move(made).value();
  }
  if (const auto own = check_own_addresses(around_.site); !own) return fail(own.error().message);
  // Its numbers would be others than those of the scanners it is shared with.
  if (lease_ && job_->num_left_out() > 0) return fail("scan.allow does not hold all of this range");
  if (record_.resolved) {
    job_->take_resolved(record_.targets, record_.unresolved);
  } else {
    SystemResolver resolver;
    job_->resolve(resolver, stop);
    if (stop) return;
    record_.resolved = true;
    record_.targets = job_->resolved();
    record_.unresolved = job_->unresolved();
  }
  const ScanSpec& spec = job_->spec();
  windows_ = windows_of(spec.windows);
  machine_windows_ = windows_of(around_.settings.windows);
  rate_ = spec.rate;
  if (spec.adapt) adapter_.emplace(RateAdapterOptions{.asked = rate_});
  if (record_.shards.empty() && job_->space() != nullptr)
    record_.shards = ScanRun::new_shards(spec, around_.lanes.size());
  next_question_ = record_.list_position;
  around_.desk.open(record_.id);
  last_counts_.reset();
  tls_before_ = record_.tls;
  certificates_before_ = record_.certificates;
  pausing_since_.reset();
  end_mark_.reset();
  pending_.reset();
  around_.workers.begin_job(record_.id, spec.wish);
  held_.store(false);
  for (ScanRun::Lane* const lane : around_.lanes)
    lane->control.oldest_job.store(0, std::memory_order_release);
  run_ = std::make_unique<ScanRun>(*job_, around_.lanes, around_.settings.wait);
  run_->set_rate(rate_);
  if (lease_) take_rate_of_lease();
  // Before the first turn: a single SYN outside of a window is one too many.
  run_->hold(!is_in_windows() || rate_ < 1);
  run_->begin(record_.shards);
  last_turn_ = last_second_ = Clock::now();
  probes_before_ = run_->counts().probes;
  set_state(ScanState::running);
  hold_or_go();
}

void ScanTask::hold_now(bool for_good) noexcept {
  held_.store(true);
  for (ScanRun::Lane* const lane : around_.lanes) {
    lane->control.sending.store(false, std::memory_order_release);
    if (for_good) lane->control.oldest_job.store(record_.id + 1, std::memory_order_release);
  }
}

void ScanTask::resume(bool all) {
  if (is_active() && pausing_since_) {  // nothing was let go yet
    pausing_since_.reset();
    held_.store(false);
    run_->hold(false);
    return set_state(ScanState::running);
  }
  if (record_.state != ScanState::paused && record_.state != ScanState::stopped) return;
  if (all) {
    Json arguments = parse_reply_json(record_.arguments).value();
    arguments["all"] = true;
    record_.arguments = to_text(arguments);
  }
  job_.reset();
  record_.ended = {};
  set_state(ScanState::queued);
}

void ScanTask::pause() {
  if (record_.state == ScanState::queued) return set_state(ScanState::paused);
  if (!is_active() || pausing_since_) return;
  run_->hold(true);
  pausing_since_ = Clock::now();
  record_.note = "pausing: connections under way go on to their end";
}

void ScanTask::stop() {
  if (is_active()) {
    run_->hold(true);
    for (ScanRun::Lane* const lane : around_.lanes)
      lane->control.oldest_job.store(record_.id + 1, std::memory_order_release);
    around_.workers.stop_job(record_.id);
  }
  if (is_active() || record_.state == ScanState::queued || record_.state == ScanState::paused)
    end(ScanState::stopped);
}

void ScanTask::settle(std::chrono::milliseconds limit) {
  if (!is_active()) return;
  run_->hold(true);
  const auto end_time = Clock::now() + limit;
  while (around_.workers.num_under_way(record_.id) > 0 && Clock::now() < end_time)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  take_checkpoint();
  while (!commit_checkpoint() && Clock::now() < end_time)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  close(ScanState::paused, "the daemon ended");
}

void ScanTask::let_go() {
  if (!run_) return;
  run_->halt();
  run_.reset();
  around_.workers.stop_job(record_.id);
}

bool ScanTask::is_done() {
  if (!run_->finished() || next_question_ < job_->num_listed()) return false;
  if (around_.workers.num_under_way(record_.id) > 0) return false;
  // What the cores told last may not have been worked on yet.
  if (!end_mark_) end_mark_ = around_.workers.mark();
  if (!around_.workers.passed(*end_mark_)) return false;
  // It may have begun something.
  if (around_.workers.num_under_way(record_.id) > 0) return end_mark_.reset(), false;
  // A job that says it is finished has its findings in the memory, whatever ends us next.
  const bool stored = around_.store == nullptr || around_.store->flush(kFlushMost);
  if (!stored) record_.note = "all is asked; what was found waits for the database";
  return stored;
}

void ScanTask::end(ScanState state, const std::string& note) {
  if (state == ScanState::finished) {
    record_.shards = run_->checkpoints();
    record_.list_position = next_question_;
    record_.list_counts += around_.desk.take_list_counts(record_.id, next_question_);
  }
  record_.ended = now_tick();
  close(state, note);
}

void ScanTask::close(ScanState state, const std::string& note) {
  const ScanTally tally = around_.desk.tally(record_.id);
  record_.tls = tls_before_ + tally.tls;
  record_.certificates = certificates_before_ + tally.certificates;
  last_counts_ = counts();
  let_go();
  if (lease_) {
    if (state == ScanState::finished) lease_->record(progress_of(record_.shards));
    lease_->close(state == ScanState::finished ? RangeLease::End::finished
                                               : RangeLease::End::given_back);
  }
  set_state(state, note);
  around_.desk.show_progress(record_.id, view());
  around_.desk.end(record_.id, last_line());
  around_.desk.forget(record_.id);
}

void ScanTask::save() {
  if (const auto saved = around_.files.save(record_); !saved)
    log_line("scan " + std::to_string(record_.id), saved.error().message);
}

void ScanTask::turn_pausing(Clock::time_point now) {
  const bool all_heard = around_.workers.num_under_way(record_.id) == 0;
  if (all_heard && !pending_) take_checkpoint();
  const bool kept = all_heard && commit_checkpoint();
  if (kept || now - *pausing_since_ > kPauseMost) close(ScanState::paused);
}

void ScanTask::turn(Clock::time_point now) {
  if (lease_ && !obey_lease(now)) return;
  run_->advance();
  hold_or_go();
  feed_list(now);
  if (now - last_second_ >= std::chrono::seconds(1)) every_second(now);
  last_turn_ = now;
  if (pausing_since_) return turn_pausing(now);
  if (is_done()) end(ScanState::finished);
}

}  // namespace control
