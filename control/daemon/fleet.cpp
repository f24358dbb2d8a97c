// SPDX-License-Identifier: Apache-2.0
// The fleet's thread. (What the server's thread asks: fleet_asks.cpp.)
#include "control/daemon/fleet.hpp"

#include "control/daemon/fleet_plan.hpp"
#include "control/daemon/log.hpp"

#include <algorithm>
#include <random>

namespace control {
namespace {

using std::chrono::milliseconds;

// Renewals come at least so often: rates are adjusted, and progress is recorded, with them.
constexpr milliseconds kLongestTurn{1000};
constexpr std::chrono::seconds kJoinEvery{20};

milliseconds lease_of(const ScanSettings& settings) {
  return std::chrono::duration_cast<milliseconds>(settings.fleet_lease);
}

uint64_t new_instance() {
  std::random_device device;
  return (uint64_t{device()} << 31 ^ device()) & INT64_MAX;
}

FleetStore::Options options_of(const Fleet::Parts& parts, uint64_t instance) {
  return {.address = parts.address,
          .sensor = parts.sensor,
          .instance = instance,
          .lease = lease_of(parts.settings)};
}

}  // namespace

Fleet::Fleet(Parts parts)
    : parts_(std::move(parts)),
      askable_(text_of(parts_.site.allowed.without(parts_.site.excluded))),
      store_(options_of(parts_, new_instance())),
      desk_(options_of(parts_, new_instance())) {}

Fleet::~Fleet() {
  drain();
}

void Fleet::start() {
  thread_ = std::thread([this] { run(); });
}

void Fleet::drain() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  wake();
  store_.interrupt();
  thread_.join();
  if (lease_ != nullptr) lease_->close(RangeLease::End::given_back);
  keep();
  leave();
}

void Fleet::offer(bool idle) {
  {
    const std::lock_guard lock(mutex_);
    if (idle == idle_) return;
    idle_ = idle;
  }
  wake();
}

void Fleet::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_all();
}

std::shared_ptr<RangeLease> Fleet::take() {
  const std::lock_guard lock(mutex_);
  if (handed_over_ || lease_ == nullptr) return nullptr;
  handed_over_ = true;
  return lease_;
}

void Fleet::run() {
  const milliseconds pause = std::min(kLongestTurn, lease_of(parts_.settings) / 6);
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    turn();
    lock.lock();
    changed_.wait_for(lock, pause, [this] { return woken_; });
    woken_ = false;
  }
}

template <typename Value>
bool Fleet::answered(const flowtable::OrError<Value>& answer) {
  if (answer) {
    if (away_) log_line("fleet", "the database answers again");
    away_ = false;
    return true;
  }
  counters_.add(FleetCounter::database_away);
  if (!away_) log_line("fleet", answer.error().message);
  away_ = true;
  return false;
}

void Fleet::turn() {
  join();
  keep();
  look_for_one();
}

// Who may ask what, so that whoever cuts up a scan knows it.
void Fleet::join() {
  if (!parts_.settings.fleet || Clock::now() < next_join_) return;
  if (answered(store_.join(askable_))) next_join_ = Clock::now() + kJoinEvery;
}

void Fleet::keep() {
  if (lease_ == nullptr) return;
  if (const auto end = lease_->end()) return end_lease(*end);
  const RangeLease::Moment asked = lease_->moment();
  const auto renewal = store_.renew(lease_->loan(), lease_->rate_in_use());
  if (answered(renewal)) judge(renewal.value(), asked);
}

void Fleet::judge(const Renewal& renewal, const RangeLease::Moment& asked) {
  if (!renewal.held) {
    counters_.add(FleetCounter::leases_fenced);
    return lease_->wish(RangeLease::Wish::stop,
                        "its lease ended and another scanner has the range");
  }
  if (renewal.state == FleetState::stopped)
    return lease_->wish(RangeLease::Wish::stop, "the fleet scan was stopped");
  if (renewal.state == FleetState::paused)
    lease_->wish(RangeLease::Wish::give_back, "the fleet scan was paused");
  if (!lease_->extend(asked, lease_of(parts_.settings))) return;
  counters_.add(FleetCounter::leases_renewed);
  lease_->set_rate(renewal.rate);
}

// The scanner has let go of it. What it says of the range counts where the loan is still ours.
void Fleet::end_lease(RangeLease::End end) {
  const RangeLoan loan = lease_->loan();
  const bool finished = end == RangeLease::End::finished;
  if (!finished && lease_->ran_out() && !end_noted_) {
    counters_.add(FleetCounter::leases_run_out);
    log_line("fleet", "the lease of range " + std::to_string(loan.shard) + " of fleet scan " +
                          std::to_string(loan.fleet) + " ended: nothing of it is sent any more");
  }
  end_noted_ = true;
  const auto told = finished ? store_.finish(loan) : store_.give_back(loan);
  if (!answered(told)) {
    // Nothing is sent any more: it may run out as well, and is somebody's again then.
    if (!stopping_) return;
  } else if (told.value()) {
    counters_.add(finished ? FleetCounter::ranges_finished : FleetCounter::ranges_given_back);
  }
  end_noted_ = false;
  const std::lock_guard lock(mutex_);
  lease_.reset();
  handed_over_ = false;
}

void Fleet::look_for_one() {
  bool idle = false;
  {
    const std::lock_guard lock(mutex_);
    if (lease_ != nullptr || stopping_) return;
    idle = idle_;
  }
  // A scan of our own goes first; what we had of the rate is for the others.
  if (!idle) return leave();
  const auto scans = store_.running();
  if (!answered(scans)) return;
  std::erase_if(known_, [&](const auto& each) {
    return std::ranges::none_of(scans.value(),
                                [&](const FleetScan& scan) { return scan.id == each.first; });
  });
  for (const FleetScan& each : scans.value()) {
    const bool is_own = each.sensor == parts_.sensor;
    if ((is_own || parts_.settings.fleet) && try_claim(each)) return;
  }
  leave();
}

const Fleet::Known* Fleet::know(const FleetScan& scan) {
  const auto found = known_.find(scan.id);
  if (found != known_.end()) return &found->second;
  auto zones = store_.zones(scan.id);
  if (!answered(zones)) return nullptr;
  Known out{std::move(zones).value(), {}};
  for (uint32_t number = 0; number < out.zones.size(); ++number) {
    const auto arguments = range_arguments(scan, out.zones[number], 0);
    // As many as whoever cut it up counted: what a name of ports stands for may have changed.
    if (arguments && parts_.askable_targets(arguments.value()) == out.zones[number].targets)
      out.ours.push_back(number);
  }
  return &(known_[scan.id] = std::move(out));
}

bool Fleet::try_claim(const FleetScan& scan) {
  const Known* const known = know(scan);
  if (known == nullptr || known->ours.empty()) return false;
  const RangeLease::Moment asked = RangeLease::moment(parts_.cores);
  const auto claimed = store_.claim(scan.id, known->ours);
  if (!answered(claimed) || !claimed.value()) return false;
  const RangeLoan& loan = *claimed.value();
  counters_.add(FleetCounter::ranges_claimed);
  if (loan.taken_over) counters_.add(FleetCounter::ranges_taken_over);
  if (shares_of_ != scan.id) leave();
  shares_of_ = scan.id;
  const auto arguments = range_arguments(scan, known->zones[loan.zone], loan.shard);
  auto lease = std::make_shared<RangeLease>(loan, to_text(arguments.value()), parts_.cores);
  // The rate follows with the first renewal, which is at once.
  (void)lease->extend(asked, lease_of(parts_.settings));
  {
    const std::lock_guard lock(mutex_);
    lease_ = std::move(lease);
    handed_over_ = false;
  }
  keep();
  return true;
}

void Fleet::leave() {
  if (shares_of_ == 0) return;
  if (answered(store_.leave(shares_of_))) shares_of_ = 0;
}

}  // namespace control
