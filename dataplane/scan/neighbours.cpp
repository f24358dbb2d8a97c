// SPDX-License-Identifier: Apache-2.0
// What is known of neighbours. (What is said to them and heard: neighbour_talk.cpp.)
#include "dataplane/scan/neighbours.hpp"

#include "dataplane/scan/own_addresses.hpp"
#include "dataplane/scan/scan_random.hpp"
#include "flowtable/base/big_endian.hpp"

#include <algorithm>

namespace dataplane {

using flowtable::IpAddress;
using flowtable::Tick;
using flowtable::TickSpan;

namespace {

constexpr TickSpan kAskAgain = std::chrono::seconds(1);  // RFC 4861 section 10: RETRANS_TIMER
constexpr TickSpan kHolds = std::chrono::seconds(60);
constexpr TickSpan kAbsent = std::chrono::seconds(2);
constexpr double kAnswersPerSecond = 1000;

}  // namespace

Neighbours::Neighbours(const Parts& parts, Tick now)
    : site_(parts.site),
      sink_(parts.sink),
      counters_(parts.counters),
      hash_seed_(ScanRandom().next()),
      places_(kPlaces),
      settled_(kPlaces),
      wheel_(kPlaces, now),
      answers_(kAnswersPerSecond),
      echoes_(kAnswersPerSecond) {}

uint32_t Neighbours::first_of_set(const IpAddress& address) const noexcept {
  const auto high = flowtable::load_be64(address.bytes.data());
  const auto low = flowtable::load_be64(address.bytes.data() + 8);
  const uint64_t mixed = (high * 0x9E3779B97F4A7C15 ^ low ^ hash_seed_) * 0xBF58476D1CE4E5B9;
  return static_cast<uint32_t>(mixed >> 32) % (kPlaces / kWays) * kWays;
}

uint32_t Neighbours::place_of(const IpAddress& address) const noexcept {
  const uint32_t first = first_of_set(address);
  for (uint32_t at = first; at < first + kWays; ++at)
    if (places_[at].state != State::unknown && places_[at].address == address) return at;
  return kNone;
}

// Who is being asked for stays: others wait for the answer.
uint32_t Neighbours::new_place(const IpAddress& address) noexcept {
  const uint32_t first = first_of_set(address);
  uint32_t best = kNone;
  for (uint32_t at = first; at < first + kWays; ++at) {
    const Neighbour& each = places_[at];
    if (each.state == State::asking) continue;
    if (best == kNone || each.used_at < places_[best].used_at) best = at;
  }
  if (best == kNone) return kNone;
  if (places_[best].state == State::known) counters_.add(ScanCounter::neighbours_displaced);
  const bool told = places_[best].settled;
  places_[best] = Neighbour();
  places_[best].address = address;
  places_[best].settled = told;
  return best;
}

Neighbours::Found Neighbours::find(const IpAddress& address, Tick now) noexcept {
  uint32_t number = place_of(address);
  if (number == kNone) {
    number = new_place(address);
    if (number == kNone) {
      counters_.add(ScanCounter::neighbours_full);
      return {};
    }
    begin_asking(number, now);
  }
  Neighbour& at = places_[number];
  at.used_at = now;
  if (at.state == State::known) confirm(at, now);
  // One that answered once and does not any more, and one that did not and may by now.
  if ((at.state == State::known && at.asked > kAttempts) ||
      (at.state == State::absent && now - at.asked_at >= kAbsent))
    begin_asking(number, now);
  return {number, at.state, at.mac};
}

void Neighbours::begin_asking(uint32_t number, Tick now) noexcept {
  Neighbour& at = places_[number];
  at.state = State::asking;
  at.asked = 0;
  at.used_at = now;
  ask(at, now);
  wheel_.schedule(number, now + kAskAgain);
}

void Neighbours::confirm(Neighbour& at, Tick now) noexcept {
  if (now - at.heard_at < kHolds || now - at.asked_at < kAskAgain) return;
  if (at.asked == kAttempts) {
    ++at.asked;
  } else {
    ask(at, now);
  }
}

void Neighbours::look_at(uint32_t number, Tick now) noexcept {
  Neighbour& at = places_[number];
  if (at.state != State::asking) return;
  if (at.asked < kAttempts) {
    ask(at, now);
    return wheel_.schedule(number, now + kAskAgain);
  }
  at.state = State::absent;
  counters_.add(ScanCounter::neighbours_absent);
  note_settled(number);
}

void Neighbours::learn(const Heard& heard, Unheard unheard, Tick now) noexcept {
  const bool group = (heard.mac[0] & 1) != 0;
  const bool gateway = std::ranges::any_of(site_.addresses, [&](const OwnAddress& own) {
    return own.gateway && *own.gateway == heard.address;
  });
  if (group || is_own(site_, heard.address) || (!gateway && !is_on_link(site_, heard.address)))
    return counters_.add(ScanCounter::neighbours_disbelieved);
  uint32_t number = place_of(heard.address);
  if (number == kNone && unheard == Unheard::keep) number = new_place(heard.address);
  if (number == kNone) return;
  Neighbour& at = places_[number];
  if (at.state == State::known && !heard.overrides && at.mac != heard.mac) return;
  const bool waited_for = at.state == State::asking;
  at.mac = heard.mac;
  at.state = State::known;
  at.asked = 0;
  at.heard_at = now;
  counters_.add(ScanCounter::neighbours_learned);
  wheel_.cancel(number);
  if (waited_for) note_settled(number);
}

void Neighbours::note_settled(uint32_t number) noexcept {
  if (places_[number].settled) return;
  places_[number].settled = true;
  settled_[num_settled_++] = number;
}

void Neighbours::clear_settled() noexcept {
  for (const uint32_t number : settled())
    places_[number].settled = false;
  num_settled_ = 0;
}

void Neighbours::work(Tick now) noexcept {
  wheel_.wake(now, [this, now](uint32_t number) { look_at(number, now); });
}

}  // namespace dataplane
