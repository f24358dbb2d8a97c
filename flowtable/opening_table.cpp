// SPDX-License-Identifier: Apache-2.0
#include "flowtable/opening_table.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <memory>

namespace flowtable {
namespace {

// Whole seconds from one sending to the next, rounded; 0 where it is no later, or a copy that came
// at once (two taps on one path).
uint8_t gap_s(Tick from, Tick to) noexcept {
  if (to <= from) return 0;
  constexpr uint64_t kSecondNs = 1'000'000'000;
  const uint64_t gap_ns =
      static_cast<uint64_t>(ns_since_epoch(to)) - static_cast<uint64_t>(ns_since_epoch(from));
  const uint64_t seconds = gap_ns / kSecondNs + (gap_ns % kSecondNs >= kSecondNs / 2 ? 1 : 0);
  return static_cast<uint8_t>(std::min<uint64_t>(seconds, std::numeric_limits<uint8_t>::max()));
}

constexpr size_t kWordBits = 64;

// Bits `from` up to `to` (at most 64) of a word.
uint64_t bits_between(size_t from, size_t to) noexcept {
  const uint64_t below_to = to >= kWordBits ? ~uint64_t{0} : (uint64_t{1} << to) - 1;
  return from >= kWordBits ? 0 : below_to & ~((uint64_t{1} << from) - 1);
}

}  // namespace

void OpeningNotes::begin() noexcept {
  handshake_ack_ = first_request_ = first_reply_ = second_request_ = Tick{};
  start_known_ = syn_there_ = words_there_ = {};
}

void OpeningNotes::restart(Side sender, uint32_t start) noexcept {
  const size_t side = index_of(sender);
  words_there_[side] = false;
  start_[side] = start;
  start_known_[side] = true;
}

void OpeningNotes::note_syn(Side sender, const Syn& syn) noexcept {
  const size_t side = index_of(sender);
  if (!start_known_[side] || start_[side] != syn.isn + 1) {
    restart(sender, syn.isn + 1);
    syn_there_[side] = false;
  }
  SynNotes& notes = syns_[side];
  SynFacts& facts = notes.facts;
  if (syn_there_[side]) {
    const uint8_t gap = gap_s(notes.last, syn.tick);
    if (gap > 0 && facts.num_repeats < facts.repeats.size()) {
      facts.repeats[facts.num_repeats++] = gap;
    }
  } else {
    facts = SynFacts{};
    const Bytes options = syn.options.first(std::min(syn.options.size(), facts.options.size()));
    copy_bytes(options, facts.options.data());
    facts.options_size = static_cast<uint8_t>(options.size());
    facts.tick = syn.tick;
    facts.ttl = syn.ttl;
    facts.window = syn.window;
    facts.seen = true;
    syn_there_[side] = true;
  }
  notes.last = syn.tick;
}

void OpeningNotes::note_words(Side sender, uint32_t start, uint32_t seq, Bytes payload) noexcept {
  const size_t side = index_of(sender);
  if (!start_known_[side]) restart(sender, start);
  FirstWords& words = words_[side];
  Places& there = places_[side];
  if (!words_there_[side]) {
    words.size = 0;  // bytes that are not there are never read
    there = {};
    words_there_[side] = true;
  }
  // RFC 9293 section 3.4: modulo 2^32; what lies before the start is no word.
  const auto offset = static_cast<int32_t>(seq - start_[side]);
  const size_t before = offset < 0 ? static_cast<size_t>(-int64_t{offset}) : 0;
  if (offset >= static_cast<int32_t>(FirstWords::kBytesMax) || before >= payload.size()) return;
  payload = payload.subspan(before);
  size_t at = offset < 0 ? 0 : static_cast<size_t>(offset);
  payload = payload.first(std::min(payload.size(), words.bytes.size() - at));

  const bool is_next = at == words.size && there[0] == bits_between(0, at) &&
                       there[1] == bits_between(0, at < kWordBits ? 0 : at - kWordBits);
  if (is_next) {
    copy_bytes(payload, words.bytes.data() + at);
    const size_t end = at + payload.size();
    there[0] |= bits_between(at, end);
    if (end > kWordBits) there[1] |= bits_between(at < kWordBits ? 0 : at - kWordBits, end - 64);
    words.size = static_cast<uint8_t>(end);
    return;
  }
  for (const uint8_t byte : payload) {
    const uint64_t bit = uint64_t{1} << at % kWordBits;
    if ((there[at / kWordBits] & bit) == 0) words.bytes[at] = byte;
    there[at / kWordBits] |= bit;
    ++at;
  }
  const auto low = static_cast<size_t>(std::countr_one(there[0]));
  const auto high = low == kWordBits ? static_cast<size_t>(std::countr_one(there[1])) : 0;
  words.size = static_cast<uint8_t>(low + high);
}

Opening OpeningNotes::read() const noexcept {
  Opening out;
  for (size_t side = 0; side < 2; ++side) {
    if (syn_there_[side]) out.syns[side] = syns_[side].facts;
    if (!words_there_[side]) continue;
    const FirstWords& words = words_[side];
    std::copy_n(words.bytes.begin(), words.size, out.words[side].bytes.begin());
    out.words[side].size = words.size;
  }
  out.handshake_ack = handshake_ack_;
  out.first_request = first_request_;
  out.first_reply = first_reply_;
  out.second_request = second_request_;
  return out;
}

void OpeningTable::prefetch(uint64_t hash) const noexcept {
  const uint32_t place = next_place(hash);
  __builtin_prefetch(&owners_[place], 1);
  const OpeningNotes& notes = notes_[place];
  __builtin_prefetch(&notes, 1);
  __builtin_prefetch(&notes.syns_[0], 1);
  __builtin_prefetch(&notes.syns_[1], 1);
}

uint32_t OpeningTable::begin(const Flow& flow, uint64_t hash, bool& lost) noexcept {
  const uint32_t place = next_place(hash);
  lost = false;
  if (num_given_back_ > 0) {
    --num_given_back_;
  } else if (place == num_used_) {
    std::construct_at(&notes_[place]);
    ++num_used_;
  } else {
    lost = owners_[place] != &flow;
  }
  owners_[place] = &flow;
  notes_[place].begin();
  return place;
}

}  // namespace flowtable
