// SPDX-License-Identifier: Apache-2.0
// Dials: whether one may be, and from where.
#include "dataplane/scan/scan_core_state.hpp"
#include "flowtable/base/big_endian.hpp"

#include <algorithm>
#include <array>

namespace dataplane {

using flowtable::Endpoint;
using flowtable::load_be64;
using flowtable::ScanDial;
using flowtable::ScanEvent;
using flowtable::ScanEventKind;
using flowtable::Tick;

namespace {

constexpr int kDialsPerRound = 32;
constexpr uint32_t kPortsTried = 256;

}  // namespace

bool ScanCore::State::take_dials(Tick now) noexcept {
  if (exchange_.dials.size() == 0) return false;
  std::array<ScanDial, 1> one;
  int taken = 0;
  // Whatever becomes of it is an event, for which there is room first.
  while (taken < kDialsPerRound && exchange_.events.size() < exchange_.events.capacity() &&
         exchange_.dials.pop(one) == 1) {
    begin_dial(one[0], now);
    ++taken;
  }
  return taken > 0;
}

void ScanCore::State::begin_dial(const ScanDial& dial, Tick now) noexcept {
  if (!try_dial(dial, now)) refuse_dial(dial, now);
}

bool ScanCore::State::try_dial(const ScanDial& dial, Tick now) noexcept {
  if (dial.job != 0 && dial.job < oldest_job_) return false;
  if (!may_be_asked(site_, dial.server.address)) {
    counters_.add(ScanCounter::dials_not_allowed);
    return false;
  }
  Endpoint ours;
  if (!choose_port(dial, ours)) return false;
  if (dial.udp) return udp_.dial(dial, ours, now);
  return tcp_.dial(dial, {ours, first_sequence(ours, dial.server, now)}, now);
}

void ScanCore::State::refuse_dial(const ScanDial& dial, Tick now) noexcept {
  counters_.add(ScanCounter::dials_not_sent);
  ScanEvent event;
  event.connection.slot = UINT32_MAX;
  event.server = dial.server;
  event.tick = now;
  event.token = dial.token;
  event.job = dial.job;
  event.kind = ScanEventKind::dial_not_sent;
  (void)exchange_.events.push(event);  // take_dials() has seen that there is room
}

// Round robin, so that a port is used again as late as can be.
bool ScanCore::State::choose_port(const ScanDial& dial, Endpoint& ours) noexcept {
  const OwnAddress* const from = source_for(site_, dial.server.address);
  if (from == nullptr || dial.server.port == 0) return false;
  ours.address = from->address;
  for (uint32_t i = 0; i < std::min<uint32_t>(dial_ports_.count, kPortsTried); ++i) {
    next_port_ = static_cast<uint16_t>((next_port_ + 1u) % dial_ports_.count);
    ours.port = static_cast<uint16_t>(dial_ports_.first + next_port_);
    const bool used =
        dial.udp ? udp_.is_using(ours, dial.server) : tcp_.is_using(ours, dial.server);
    if (!used) return true;
  }
  return false;
}

// RFC 6528 section 3: a clock of four microseconds, and a secret function of who talks to whom.
uint32_t ScanCore::State::first_sequence(const Endpoint& ours, const Endpoint& server,
                                         Tick now) const noexcept {
  const std::array<uint64_t, 5> words = {
      load_be64(ours.address.bytes.data()), load_be64(ours.address.bytes.data() + 8),
      load_be64(server.address.bytes.data()), load_be64(server.address.bytes.data() + 8),
      uint64_t{ours.port} << 16 | server.port};
  return static_cast<uint32_t>(siphash(random_.key(), words) +
                               static_cast<uint64_t>(flowtable::ns_since_epoch(now) / 4000));
}

}  // namespace dataplane
