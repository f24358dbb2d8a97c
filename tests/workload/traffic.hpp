// SPDX-License-Identifier: Apache-2.0
// Traffic as a tap sees it, packet by packet: the same for the same settings and seed.
#pragma once

#include "tests/workload/script.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace workload {

// What all conversations have in common.
struct Settings {
  // Conversations under way at one time.
  uint32_t flows = 1000;
  // Of a thousand conversations so many are TLS, said from the scripts; the others are plain text.
  uint32_t tls_per_mille = 1000;
  // Packets of data after the beginning, server to client but every fourth: an empty ACK back.
  uint32_t data_packets = 6;
  // Payload lengths of these, one after the other in turn.
  std::vector<uint16_t> data_bytes{1400};
  // Of a thousand TLS conversations so many show a certificate of their own.
  uint32_t fresh_per_mille = 0;
  // No conversation ends; where false each ends by FIN and a new one takes its place.
  bool endless = false;
  uint64_t seed = 1;
  // Of the first conversation: two sets of conversations with far numbers have no ends in common.
  uint64_t first_number = 0;
};

// One frame: Ethernet, IPv4 and TCP headers, and a payload that is said or filler. Borrowed until
// the next call.
struct Frame {
  static constexpr size_t kHeaderBytes = 14 + 20 + 20;
  std::array<uint8_t, kHeaderBytes> header{};
  std::span<const uint8_t> payload;
  // The payload is filler that nobody looks at.
  bool filler = false;
  [[nodiscard]] size_t size() const noexcept { return kHeaderBytes + payload.size(); }
};

// What was made so far.
struct Tally {
  uint64_t packets = 0;
  uint64_t bytes = 0;      // of frames
  uint64_t tls_begun = 0;  // ClientHello sent
  uint64_t tls_said = 0;   // the whole script was said
  uint64_t script_packets = 0;
};

// TCP conversations that go on side by side. Not thread-safe.
class Conversations {
 public:
  // `scripts` is borrowed; it may be empty where tls_per_mille is 0.
  Conversations(const Settings& settings, const std::vector<Script>& scripts);

  // The next packet of the next conversation in turn.
  void next(Frame& out);
  // The next packet of those that open now: some thousand take turns until all of them have said
  // all but data, then the next ones. False, and `out` is not touched, where all have.
  [[nodiscard]] bool next_opening(Frame& out);
  [[nodiscard]] const Tally& tally() const noexcept { return tally_; }

 private:
  // Of one conversation; what can be worked out of `number` is not kept.
  struct State {
    uint64_t number = 0;       // which conversation of all
    uint32_t seq[2] = {0, 0};  // next of the client, of the server
    uint16_t step = 0;         // within the beginning
    uint16_t script = 0;
    uint32_t data_left = 0;
    bool tls = false;
    bool fresh = false;
  };

  void begin(State& state);
  [[nodiscard]] bool has_opened(const State& state) const;
  void say(State& state, Frame& out);
  void say_segment(State& state, const Segment& segment, size_t at, Frame& out);
  void say_data(State& state, Frame& out);
  void put(State& state, bool from_client, uint8_t flags, std::span<const uint8_t> payload,
           Frame& out);
  [[nodiscard]] const std::vector<Segment>& segments_of(const State& state) const;
  [[nodiscard]] uint64_t random_of(uint64_t number) const noexcept;

  const Settings settings_;
  const std::vector<Script>& scripts_;
  std::vector<Segment> plain_;  // what a conversation without TLS says first
  std::vector<State> states_;
  size_t turn_ = 0;
  uint64_t begun_ = 0;
  size_t opening_ = 0;         // next_opening(): conversations before this one have opened
  std::vector<uint8_t> said_;  // a segment with its own random or serial
  std::vector<uint8_t> filler_;
  Tally tally_;
};

// SYNs from random sources to random addresses and ports of one network.
class SynFlood {
 public:
  explicit SynFlood(uint64_t seed) : random_(seed) {}
  void next(Frame& out);
  [[nodiscard]] const Tally& tally() const noexcept { return tally_; }

 private:
  std::mt19937_64 random_;
  Tally tally_;
};

}  // namespace workload
