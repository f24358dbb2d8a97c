// SPDX-License-Identifier: Apache-2.0
#include "tests/workload/traffic.hpp"

#include "flowtable/base/big_endian.hpp"
#include "tests/workload/headers.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>

namespace workload {
namespace {

constexpr uint8_t kFin = 1, kSyn = 2, kPsh = 8, kAck = 16;
// Steps before what is said (SYN, SYN-ACK, ACK), and after the data (FIN, FIN, ACK).
constexpr uint16_t kOpening = 3;
constexpr uint32_t kClosing = 3;

// The finisher of SplitMix64 (Steele, Lea, Flood 2014): every bit of the sum spreads.
uint64_t mixed(uint64_t number) noexcept {
  number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9;
  number = (number ^ number >> 27) * 0x94d049bb133111eb;
  return number ^ number >> 31;
}

std::vector<uint8_t> bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

std::vector<Segment> plain_words() {
  return {{true, bytes_of("GET /index.html HTTP/1.1\r\nHost: www.example.net\r\n\r\n")},
          {false, bytes_of("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<!doctype html>")}};
}

// Bytes of application data records, to whoever looks at their beginning.
std::vector<uint8_t> filler_bytes() {
  std::vector<uint8_t> out(kSegmentBytesMax);
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<uint8_t>(mixed(i) | 0x80);
  constexpr std::array<uint8_t, 5> kRecord{23, 3, 3, 0x05, 0xaf};
  std::ranges::copy(kRecord, out.begin());
  return out;
}

}  // namespace

Conversations::Conversations(const Settings& settings, const std::vector<Script>& scripts)
    : settings_(settings),
      scripts_(scripts),
      plain_(plain_words()),
      states_(settings.flows),
      filler_(filler_bytes()) {
  if (settings.flows == 0 || settings.data_bytes.empty())
    throw std::invalid_argument("no flows, or no lengths of data packets");
  if (settings.tls_per_mille > 0 && scripts.empty())
    throw std::invalid_argument("TLS conversations need scripts");
  for (State& state : states_)
    begin(state);
}

uint64_t Conversations::random_of(uint64_t number) const noexcept {
  return mixed(number + settings_.seed * 0x9e3779b97f4a7c15);
}

void Conversations::begin(State& state) {
  state = State{};
  state.number = settings_.first_number + begun_++;
  const uint64_t random = random_of(state.number);
  state.tls = random % 1000 < settings_.tls_per_mille;
  state.fresh = (random >> 10) % 1000 < settings_.fresh_per_mille;
  if (state.tls) state.script = static_cast<uint16_t>((random >> 32) % scripts_.size());
  state.seq[0] = static_cast<uint32_t>(random);
  state.seq[1] = static_cast<uint32_t>(random >> 16);
  state.data_left = settings_.data_packets + (settings_.endless ? 0 : kClosing);
}

const std::vector<Segment>& Conversations::segments_of(const State& state) const {
  return state.tls ? scripts_[state.script].segments : plain_;
}

void Conversations::next(Frame& out) {
  State& state = states_[turn_];
  turn_ = turn_ + 1 == states_.size() ? 0 : turn_ + 1;
  say(state, out);
  ++tally_.packets;
  tally_.bytes += out.size();
}

bool Conversations::has_opened(const State& state) const {
  return state.step >= kOpening + segments_of(state).size();
}

bool Conversations::next_opening(Frame& out) {
  constexpr size_t kAtOnce = 4096;
  while (opening_ < states_.size()) {
    const size_t end = std::min(opening_ + kAtOnce, states_.size());
    for (size_t looked = opening_; looked < end; ++looked) {
      if (turn_ < opening_ || turn_ >= end) turn_ = opening_;
      State& state = states_[turn_++];
      if (has_opened(state)) continue;
      say(state, out);
      ++tally_.packets;
      tally_.bytes += out.size();
      return true;
    }
    opening_ = end;
  }
  turn_ = 0;
  return false;
}

void Conversations::say(State& state, Frame& out) {
  const std::vector<Segment>& said = segments_of(state);
  if (has_opened(state)) return say_data(state, out);
  const uint16_t step = state.step++;
  if (step == 0) {
    put(state, true, kSyn, {}, out);
  } else if (step == 1) {
    put(state, false, kSyn | kAck, {}, out);
  } else if (step == 2) {
    put(state, true, kAck, {}, out);
  } else {
    say_segment(state, said[step - kOpening], step - kOpening, out);
  }
}

void Conversations::say_segment(State& state, const Segment& segment, size_t at, Frame& out) {
  std::span<const uint8_t> bytes = segment.bytes;
  const bool hello = state.tls && at == 0;
  const bool serial = state.tls && state.fresh && at == scripts_[state.script].serial_segment;
  if (hello || serial) {
    said_ = segment.bytes;
    const uint64_t random = random_of(state.number);
    const Script& script = scripts_[state.script];
    if (hello) {
      for (size_t i = 0; i < 4; ++i)
        flowtable::store_be64(said_.data() + script.random_at + 8 * i, mixed(random + i));
    }
    if (serial) flowtable::store_be64(said_.data() + script.serial_at, random);
    bytes = said_;
  }
  put(state, segment.from_client, kAck | kPsh, bytes, out);
  if (!state.tls) return;
  ++tally_.script_packets;
  tally_.tls_begun += at == 0 ? 1 : 0;
  tally_.tls_said += at + 1 == segments_of(state).size() ? 1 : 0;
}

void Conversations::say_data(State& state, Frame& out) {
  if (settings_.endless || state.data_left > kClosing) {
    const uint32_t number = state.data_left--;
    const bool back = number % 4 == 3;
    const size_t length = settings_.data_bytes[number % settings_.data_bytes.size()];
    put(state, back, kAck,
        back ? std::span<const uint8_t>() : std::span<const uint8_t>(filler_).first(length), out);
    out.filler = true;
    return;
  }
  const uint32_t left = state.data_left--;
  if (left == 3) return put(state, true, kFin | kAck, {}, out);
  if (left == 2) return put(state, false, kFin | kAck, {}, out);
  put(state, true, kAck, {}, out);
  begin(state);
}

// A conversation's ends: clients of 10/8, servers of 172.16/12. Its number is in them, so no two
// that go on at one time are alike.
void Conversations::put(State& state, bool from_client, uint8_t flags,
                        std::span<const uint8_t> payload, Frame& out) {
  const uint64_t random = random_of(state.number);
  const auto client = static_cast<uint32_t>(0x0a000000 | ((state.number / 50'000) & 0x7fffff) |
                                            (state.number >> 32 & 1) << 23);
  const auto port = static_cast<uint16_t>(10'000 + state.number % 50'000);
  const auto server = static_cast<uint32_t>(0xac100000 | (random >> 40 & 0xfffff));
  const uint16_t server_port = state.tls ? scripts_[state.script].server_port : 80;
  uint32_t& seq = state.seq[from_client ? 0 : 1];
  TcpFrame frame{from_client ? client : server,
                 from_client ? server : client,
                 from_client ? port : server_port,
                 from_client ? server_port : port,
                 seq,
                 (flags & kAck) != 0 ? state.seq[from_client ? 1 : 0] : 0,
                 flags};
  out.payload = payload;
  out.filler = false;
  write_headers(frame, out);
  seq += static_cast<uint32_t>(payload.size()) + ((flags & (kSyn | kFin)) != 0 ? 1 : 0);
}

void SynFlood::next(Frame& out) {
  const uint64_t one = random_(), two = random_();
  out.payload = {};
  out.filler = false;
  write_headers({static_cast<uint32_t>(one), static_cast<uint32_t>(0xac100000 | (two & 0xfffff)),
                 static_cast<uint16_t>(one >> 32), static_cast<uint16_t>(two >> 20 & 0x3ff),
                 static_cast<uint32_t>(two >> 32), 0, kSyn},
                out);
  ++tally_.packets;
  tally_.bytes += out.size();
}

}  // namespace workload
