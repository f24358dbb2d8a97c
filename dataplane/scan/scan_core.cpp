// SPDX-License-Identifier: Apache-2.0
// What a core does each time it comes round. (What it hears: scan_core_take.cpp, what it dials:
// scan_core_dial.cpp.)
#include "dataplane/scan/scan_core.hpp"

#include "dataplane/scan/scan_core_state.hpp"

#include <algorithm>
#include <array>

namespace dataplane {

using flowtable::Bytes;
using flowtable::ScanOrder;
using flowtable::Tick;

namespace {

constexpr uint32_t kConversationsMax = 1024;  // with UDP
constexpr uint32_t kRoundsPerReport = 64;
constexpr size_t kOrdersPerRound = 64;

uint32_t conversations_of(const ScanSite& site) {
  return std::min(site.tcp.connections_max, kConversationsMax);
}

}  // namespace

ScanCore::ScanCore(const Parts& parts, Tick now) : state_(std::make_unique<State>(parts, now)) {}
ScanCore::~ScanCore() = default;

void ScanCore::take(Bytes frame, Answers answers, Tick now) noexcept {
  state_->take(frame, answers, now);
}

bool ScanCore::work(Tick now) noexcept {
  return state_->work(now);
}

const ScanCounters& ScanCore::counters() const noexcept {
  return state_->counters();
}

ScanCore::State::State(const Parts& parts, Tick now)
    : site_(parts.site),
      exchange_(parts.exchange),
      control_(parts.control),
      progress_(parts.progress),
      probe_ports_(share_of(parts.site.probe_ports, parts.core, parts.cores)),
      dial_ports_(share_of(parts.site.dial_ports, parts.core, parts.cores)),
      hash_seed_(random_.next()),
      neighbours_({parts.site, parts.sink, counters_}, now),
      line_(parts.site, parts.sink, counters_),
      queue_({parts.site, neighbours_, line_, counters_,
              parts.site.tcp.connections_max + conversations_of(parts.site), parts.cores},
             now),
      tcp_(parts.site.tcp,
           {.events = parts.exchange.events,
            .sink = line_,
            .queue = queue_,
            .counters = counters_,
            .mss = parts.site.mss,
            .dial_attempts = parts.site.dial_attempts,
            .hash_seed = hash_seed_},
           now),
      udp_({.first_slot = parts.site.tcp.connections_max,
            .conversations_max = conversations_of(parts.site),
            .dial_attempts = parts.site.dial_attempts,
            .bytes_max = parts.site.tcp.bytes_max,
            .silence_max = parts.site.tcp.silence_max,
            .duration_max = parts.site.tcp.duration_max,
            .hash_seed = hash_seed_},
           {parts.exchange.events, line_, queue_, counters_}, now),
      sweep_({.site = parts.site,
              .exchange = parts.exchange,
              .queue = queue_,
              .sink = line_,
              .tcp = tcp_,
              .counters = counters_,
              .random = random_,
              .ports = probe_ports_,
              .first_parked = parts.site.tcp.connections_max + conversations_of(parts.site)}) {
  // Not always the same port after a start: peers remember old connections for a while.
  next_port_ = static_cast<uint16_t>(random_.next() % std::max<uint16_t>(dial_ports_.count, 1));
}

void ScanCore::State::start(uint32_t number, const LinkHeader& link, Tick now) noexcept {
  if (!queue_.is_dial(number)) return sweep_.start(number, link, now);
  if (number < site_.tcp.connections_max) return tcp_.start(number, link, now);
  udp_.start(number, link, now);
}

void ScanCore::State::cannot_start(uint32_t number, StartQueue::Turn why, Tick now) noexcept {
  if (!queue_.is_dial(number)) return sweep_.cannot_start(number, why, now);
  if (number < site_.tcp.connections_max) return tcp_.cannot_start(number, now);
  udp_.cannot_start(number, now);
}

bool ScanCore::State::work(Tick now) noexcept {
  obey_control(now);
  const int64_t now_ns = flowtable::ns_since_epoch(now);
  progress_.now_ns.set(now_ns);
  const bool sending = control_.sending.load(std::memory_order_relaxed) &&
                       now_ns < control_.send_until_ns.load(std::memory_order_relaxed);
  tcp_.set_sending(sending);
  udp_.set_sending(sending);
  neighbours_.work(now);
  bool busy = obey_orders(now);
  tcp_.finish_burst(now);
  udp_.work(now);
  if (sending) {
    busy |= take_dials(now);
    busy |= queue_.run(*this, now);
  }
  busy |= sweep_.work(sending ? Sweep::Sending::yes : Sweep::Sending::no, now);
  if (++rounds_ % kRoundsPerReport == 0) sweep_.report(progress_);
  return busy;
}

void ScanCore::State::obey_control(Tick now) {
  queue_.set_probe_rate(control_.rate.load(std::memory_order_relaxed));
  queue_.set_ceiling(control_.ceiling.load(std::memory_order_relaxed));
  const ScanPlan* const wanted = control_.plan.load(std::memory_order_acquire);
  if (wanted != sweep_.plan()) {
    sweep_.report(progress_);
    sweep_.take_plan(wanted, now);
    if (wanted != nullptr && wanted->job < oldest_job_) sweep_.stop();
    sweep_.report(progress_);
    // Last: who sees it may free the old plan, and reads numbers of the new one.
    progress_.plan_in_use.store(wanted, std::memory_order_release);
  }
  const uint32_t oldest = control_.oldest_job.load(std::memory_order_relaxed);
  if (oldest == oldest_job_) return;
  oldest_job_ = oldest;
  if (sweep_.plan() != nullptr && sweep_.plan()->job < oldest) sweep_.stop();
  tcp_.end_jobs_before(oldest, now);
  udp_.end_jobs_before(oldest, now);
  sweep_.report(progress_);
}

bool ScanCore::State::obey_orders(Tick now) noexcept {
  if (exchange_.orders.size() == 0) return false;
  std::array<ScanOrder, 8> orders;
  size_t done = 0;
  while (done < kOrdersPerRound) {
    const size_t count = exchange_.orders.pop(orders);
    for (size_t i = 0; i < count; ++i) {
      if (orders[i].connection.slot < site_.tcp.connections_max) {
        tcp_.obey(orders[i], now);
      } else {
        udp_.obey(orders[i], now);
      }
    }
    done += count;
    if (count < orders.size()) break;
  }
  return done > 0;
}

}  // namespace dataplane
