// SPDX-License-Identifier: Apache-2.0
// Who on the link has which Ethernet address, and our own answers to that question.
#pragma once

#include "dataplane/scan/frame_sink.hpp"
#include "dataplane/scan/neighbour_frames.hpp"
#include "dataplane/scan/pacer.hpp"
#include "dataplane/scan/scan_counter.hpp"
#include "dataplane/scan/scan_frame.hpp"
#include "dataplane/scan/scan_plan.hpp"
#include "dataplane/scan/wake_wheel.hpp"
#include "flowtable/base/tick.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace dataplane {

// The neighbours of one core, by ARP (RFC 826) and neighbour discovery (RFC 4861), IPv4 and IPv6
// alike. A question is asked three times, a second apart; an answer holds for a minute and is asked
// for again while it is used. Bounded: who was used longest ago makes room. Allocates in the
// constructor only.
class Neighbours {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr uint32_t kPlaces = 16384;
  static constexpr uint32_t kAttempts = 3;

  struct Parts {
    const ScanSite& site;
    FrameSink& sink;
    ScanCounters& counters;
  };
  Neighbours(const Parts& parts, flowtable::Tick now);

  enum class State : uint8_t {
    unknown,  // a free place
    asking,
    known,
    absent  // it did not answer a while ago
  };
  struct Found {
    uint32_t number = kNone;  // of its place; kNone: no room to ask, come again
    State state = State::asking;
    MacAddress mac{};  // of known
  };
  // An on-link address; asks where it is not known.
  [[nodiscard]] Found find(const flowtable::IpAddress& address, flowtable::Tick now) noexcept;

  // Frames; `answers` where this core is to answer for our addresses.
  void take_arp(const ScanFrame& frame, bool answers, flowtable::Tick now) noexcept;
  // ICMPv6 of neighbour discovery, its checksum found right.
  void take_discovery(const ScanFrame& frame, bool answers, flowtable::Tick now) noexcept;
  // An echo request to an address of ours, its checksum found right.
  void take_echo(const ScanFrame& frame, flowtable::Tick now) noexcept;

  void work(flowtable::Tick now) noexcept;
  // Places that were asked for and are known or absent since the last call; each once. The caller
  // is done with it before it calls anything else here.
  [[nodiscard]] std::span<const uint32_t> settled() const noexcept {
    return std::span(settled_).first(num_settled_);
  }
  void clear_settled() noexcept;

 private:
  static constexpr uint32_t kWays = 8;

  struct Neighbour {
    flowtable::IpAddress address;
    MacAddress mac{};
    State state = State::unknown;
    uint8_t asked = 0;     // times since it was last heard of
    bool settled = false;  // it is in the list of these
    flowtable::Tick asked_at{};
    flowtable::Tick heard_at{};
    flowtable::Tick used_at{};
  };

  [[nodiscard]] uint32_t first_of_set(const flowtable::IpAddress& address) const noexcept;
  [[nodiscard]] uint32_t place_of(const flowtable::IpAddress& address) const noexcept;
  [[nodiscard]] uint32_t new_place(const flowtable::IpAddress& address) noexcept;
  void begin_asking(uint32_t number, flowtable::Tick now) noexcept;
  void confirm(Neighbour& at, flowtable::Tick now) noexcept;
  void ask(Neighbour& at, flowtable::Tick now) noexcept;
  void look_at(uint32_t number, flowtable::Tick now) noexcept;
  void note_settled(uint32_t number) noexcept;
  struct Heard {
    flowtable::IpAddress address;
    MacAddress mac;
    bool overrides = true;  // RFC 4861: false leaves an address that is known as it is
  };
  enum class Unheard : uint8_t { ignore, keep };  // of addresses that nobody asked for
  void learn(const Heard& heard, Unheard unheard, flowtable::Tick now) noexcept;
  void answer_arp(const ArpMessage& request) noexcept;
  void answer_solicitation(const ScanFrame& frame, const NeighbourMessage& asked) noexcept;
  void send(size_t length, ScanCounter sent) noexcept;

  const ScanSite& site_;
  FrameSink& sink_;
  ScanCounters& counters_;
  uint64_t hash_seed_;
  std::vector<Neighbour> places_;
  std::vector<uint32_t> settled_;
  uint32_t num_settled_ = 0;
  WakeWheel wheel_;
  Pacer answers_;  // to questions: anybody on the link can ask
  Pacer echoes_;   // apart, for anybody anywhere can ask for these
};

}  // namespace dataplane
