// SPDX-License-Identifier: Apache-2.0
// The openings that a poll core keeps until it knows what becomes of their connections.
#pragma once

#include "flowtable/base/aligned_array.hpp"
#include "flowtable/base/byte_reader.hpp"
#include "flowtable/flow.hpp"
#include "flowtable/opening.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace flowtable {

// One connection's Opening under way, and what it takes to write it. Laid out so that a SYN, of
// which most may come to nothing, writes three cache lines of seven: what is not marked as there is
// not cleared either, and read() leaves it out.
class alignas(64) OpeningNotes {
 public:
  // A SYN or SYN-ACK; `isn` is its sequence number. One with another number than the last of its
  // side is another try: what was noted of this side is forgotten.
  struct Syn {
    Tick tick{};
    uint32_t isn = 0;
    uint16_t window = 0;
    uint8_t ttl = 0;
    Bytes options{};
  };
  void note_syn(Side sender, const Syn& syn) noexcept;

  // Payload that begins at `seq`, of a direction that begins at `start` as far as is known: its
  // first bytes are put in their places, in whatever order they come; the first copy of a byte
  // wins.
  void note_words(Side sender, uint32_t start, uint32_t seq, Bytes payload) noexcept;

  // New payload at `now`, of who asked or of who answers: the times of Opening.
  void note_turn(bool from_originator, Tick now) noexcept {
    if (!from_originator) {
      if (first_request_ != Tick{}) set_once(first_reply_, now);
    } else if (first_request_ == Tick{}) {
      first_request_ = now;
    } else if (first_reply_ != Tick{}) {
      set_once(second_request_, now);
    }
  }
  // Where `ack`, of the other side, acknowledges the SYN of `sender` and nothing else: its time.
  void note_ack_of_syn(Side sender, uint32_t ack, Tick now) noexcept {
    const size_t side = flowtable::index_of(sender);
    if (syn_there_[side] && ack == start_[side]) set_once(handshake_ack_, now);
  }

  // All of it, as a worker gets it.
  [[nodiscard]] Opening read() const noexcept;

 private:
  friend class OpeningTable;

  struct SynNotes {
    Tick last{};  // when it came last
    SynFacts facts;
  };
  // Bit i is set where byte i is there.
  using Places = std::array<uint64_t, 2>;
  static_assert(FirstWords::kBytesMax <= 128);

  static void set_once(Tick& time, Tick now) noexcept {
    if (time == Tick{}) time = now;
  }
  void begin() noexcept;
  void restart(Side sender, uint32_t start) noexcept;

  Tick handshake_ack_{};
  Tick first_request_{};
  Tick first_reply_{};
  Tick second_request_{};
  std::array<uint32_t, 2> start_{};  // sequence number of the first word, by Side
  std::array<bool, 2> start_known_{};
  std::array<bool, 2> syn_there_{};
  std::array<bool, 2> words_there_{};
  std::array<SynNotes, 2> syns_;     // where syn_there_
  std::array<Places, 2> places_{};   // where words_there_
  std::array<FirstWords, 2> words_;  // where words_there_
};

// A flow takes the place that was given back last, whose lines are still near, and one that was
// never used where none was; so a core touches as many places as it has openings at a time. Where
// all are taken it takes another flow's, by its hash. Memory is allocated by the constructor; one
// owner core.
class OpeningTable {
 public:
  static constexpr uint32_t kNone = Flow::kNone;

  // `openings_max` is rounded up to a power of two.
  explicit OpeningTable(uint32_t openings_max);

  // Asks the memory for the place that begin() will write soon.
  void prefetch(uint64_t hash) const noexcept;
  // Asks for the notes that a packet of this side will touch; kNone is no place.
  [[gnu::always_inline]] void prefetch_at(uint32_t place, Side sender,
                                          bool has_payload) const noexcept {
    if (place == kNone) return;
    const OpeningNotes& notes = notes_[place];
    __builtin_prefetch(&owners_[place]);
    __builtin_prefetch(&notes, 1);
    if (!has_payload) return;
    const FirstWords& words = notes.words_[flowtable::index_of(sender)];
    __builtin_prefetch(&notes.places_, 1);
    __builtin_prefetch(&words, 1);
    __builtin_prefetch(&words.size, 1);
  }
  // Empty notes for a flow that has no place, at the place that is returned. `lost` tells that
  // another flow had it and has now lost its notes.
  [[nodiscard]] uint32_t begin(const Flow& flow, uint64_t hash, bool& lost) noexcept;
  // The flow's notes at that place, or null where it has lost them, or has none (kNone).
  [[nodiscard]] OpeningNotes* at(uint32_t place, const Flow& flow) noexcept {
    if (place == kNone || owners_[place] != &flow) return nullptr;
    return &notes_[place];
  }
  // Frees the place, where it is still the flow's.
  void release(uint32_t place, const Flow& flow) noexcept {
    if (at(place, flow) == nullptr) return;
    owners_[place] = nullptr;
    given_back_[num_given_back_++] = place;
  }

  [[nodiscard]] size_t memory_bytes() const noexcept {
    return notes_.memory_bytes() + owners_.memory_bytes() + given_back_.memory_bytes();
  }

 private:
  // Which begin() takes next.
  [[nodiscard]] uint32_t next_place(uint64_t hash) const noexcept {
    if (num_given_back_ > 0) return given_back_[num_given_back_ - 1];
    if (num_used_ < notes_.size()) return num_used_;
    return static_cast<uint32_t>(hash & (notes_.size() - 1));
  }

  AlignedArray<OpeningNotes> notes_;
  AlignedArray<const Flow*> owners_;   // whose notes these are; null: nobody's
  AlignedArray<uint32_t> given_back_;  // places that are nobody's, the last one first
  uint32_t num_given_back_ = 0;
  uint32_t num_used_ = 0;  // places from here on were never used, and are not constructed
};

}  // namespace flowtable
