// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/scanner.hpp"

#include "control/daemon/log.hpp"
#include "control/scan/scan_config_hash.hpp"

#include <algorithm>

namespace control {
namespace {

using flowtable::Failure;
using flowtable::OrError;

constexpr std::chrono::milliseconds kTurn{20};
// A job that runs when the daemon is to end has this long to hear its last answers.
constexpr std::chrono::seconds kSettleMost{10};

}  // namespace

Scanner::Scanner(const Parts& parts)
    : parts_(parts),
      site_(parts.tap.scan_site()),
      lanes_(parts.tap.scan_lanes()),
      desk_({.sensor = parts.loaded.settings.run.sensor,
             .sink = parts.sink,
             .wake = parts.wake_server,
             .on_service = [this](const tls::ServiceReport& report) { ask_by_names(report); }}) {}

OrError<std::unique_ptr<Scanner>> Scanner::open(const Parts& parts) {
  std::unique_ptr<Scanner> scanner(new Scanner(parts));
  if (scanner->site_ == nullptr) return scanner;
  auto files = ScanJobFiles::open(parts.loaded.settings.run.state_dir + "/scans");
  if (!files) return Failure{files.error()};
  scanner->files_.emplace(std::move(files).value());
  std::vector<flowtable::ScanExchange*> exchanges;
  for (ScanRun::Lane* const lane : scanner->lanes_)
    exchanges.push_back(&lane->exchange);
  tls::ScanWorkersOptions options;
  options.workers = parts.tap.num_workers();
  scanner->workers_ = std::make_unique<tls::ScanWorkers>(
      options, exchanges, parts.tap.pipeline().certificates(), scanner->desk_);
  scanner->around_.emplace(ScanSurroundings{.settings = parts.loaded.settings.scan,
                                            .site = *scanner->site_,
                                            .lanes = scanner->lanes_,
                                            .workers = *scanner->workers_,
                                            .desk = scanner->desk_,
                                            .files = *scanner->files_,
                                            .store = parts.memory.writer(),
                                            .sensor = parts.loaded.settings.run.sensor});
  scanner->config_hash_ = scan_config_hash(parts.loaded.settings);
  scanner->load_jobs();
  scanner->open_fleet();
  const ScanSettings& settings = parts.loaded.settings.scan;
  if (settings.passive_follow) {
    scanner->follow_ = std::make_unique<PassiveFollow>(
        PassiveFollow::Parts{.site = *scanner->site_,
                             .workers = *scanner->workers_,
                             .per_second = static_cast<double>(settings.passive_rate)});
    parts.sink.set_follow(scanner->follow_.get());
  }
  return scanner;
}

// What was under way when the daemon ended, however it did, is paused.
void Scanner::load_jobs() {
  std::vector<std::string> problems;
  for (ScanJobRecord& record : files_->load_all(problems)) {
    if (is_of_fleet(record)) {  // it went back to the fleet when its lease ended
      forget_range_file(record.id);
      continue;
    }
    const bool cut_off = record.state == ScanState::running || record.state == ScanState::waiting ||
                         record.state == ScanState::queued;
    if (cut_off) {
      record.state = ScanState::paused;
      record.note = "the daemon was ended";
      log_line("scanner", "scan " + std::to_string(record.id) +
                              " was cut off; go on with: tapseal resume " +
                              std::to_string(record.id));
    }
    const uint32_t id = record.id;
    tasks_[id] =
        std::make_unique<ScanTask>(*around_, std::move(record), std::unique_ptr<ScanJob>());
    if (cut_off) tasks_[id]->save();
    publish(*tasks_[id]);
  }
  for (const std::string& problem : problems)
    log_line("scanner", problem);
  next_id_ = files_->next_id();
}

void Scanner::start() {
  if (site_ == nullptr) return;
  workers_thread_ = std::thread([this] { workers_->run(); });
  thread_ = std::thread([this] { run(); });
  if (fleet_) fleet_->start();
}

void Scanner::drain() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  changed_.notify_all();
  thread_.join();
  if (ScanTask* const task = active_task()) task->settle(kSettleMost);
  if (fleet_) fleet_->drain();
  workers_->request_stop();
  workers_thread_.join();
}

Scanner::~Scanner() {
  drain();
}

ScanTask* Scanner::active_task() {
  for (auto& [id, task] : tasks_) {
    if (task->is_active()) return task.get();
  }
  return nullptr;
}

ScanTask* Scanner::first_queued() {
  for (auto& [id, task] : tasks_) {
    if (task->record().state == ScanState::queued) return task.get();
  }
  return nullptr;
}

void Scanner::publish(const ScanTask& task) {
  Json view = task.view();
  const std::lock_guard lock(mutex_);
  views_[task.record().id] = std::move(view);
  states_[task.record().id] = task.record().state;
}

void Scanner::obey(const Asked& asked) {
  const auto found = tasks_.find(asked.id);
  if (found == tasks_.end()) return;
  ScanTask& task = *found->second;
  switch (asked.wish) {
    case Wish::pause:
      task.pause();
      break;
    case Wish::resume:
      task.resume(asked.all);
      break;
    case Wish::stop:
      task.stop();
      break;
  }
  publish(task);
}

void Scanner::run() {
  while (!stopping_) {
    std::vector<Asked> asked;
    std::vector<std::unique_ptr<ScanTask>> arrivals;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, kTurn);
      asked.swap(asked_);
      arrivals.swap(arrivals_);
    }
    for (std::unique_ptr<ScanTask>& task : arrivals) {
      const uint32_t id = task->record().id;
      tasks_[id] = std::move(task);
    }
    for (const Asked& each : asked)
      obey(each);
    if (fleet_) take_range();
    ScanTask* task = active_task();
    if (task == nullptr) {
      task = first_queued();
      if (task == nullptr) continue;
      task->begin(stopping_);
    } else {
      task->turn(ScanTask::Clock::now());
    }
    if (task->is_range()) {
      if (!task->is_active()) end_range(task->record().id);
      continue;
    }
    publish(*task);
    const std::lock_guard lock(mutex_);
    active_ = task->is_active() ? task : nullptr;
  }
}

// A service that speaks TLS is asked again, once for each name of the job; and one that needs a
// name to speak it at all.
void Scanner::ask_by_names(const tls::ServiceReport& report) {
  const bool needs_name = report.starttls.starts_with("xmpp");
  if (report.reference == kAskedAgain || !(report.has_tls() || needs_name)) return;
  std::vector<std::string> names;
  {
    const std::lock_guard lock(mutex_);
    const auto found = names_.find(report.job);
    if (found == names_.end()) return;
    names = found->second;
  }
  for (const std::string& name : names) {
    if (name == report.name) continue;
    tls::ServiceQuestion question;
    question.job = report.job;
    question.server = report.server;
    question.transport = report.transport;
    question.name = name;
    question.protocol = report.starttls;
    question.reference = kAskedAgain;
    if (!workers_->ask(question))
      log_line("scanner", "too many questions: one by name is left out");
  }
}

}  // namespace control
