// SPDX-License-Identifier: Apache-2.0
// Pieces of lines that were written before.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace control {

// Sessions share the facts of their hellos and certificates (tls::Shared, tls::CertificatePtr), so
// the text of these facts is always the same too. It is found by where the facts are; the memory
// holds a share of them, so nothing else can come to lie there. Bounded: a piece that needs the
// place of another takes it. One thread at a time.
class RecordMemo {
 public:
  RecordMemo() : slots_(kSlots) {}

  // Piece number `piece` of the text of `facts`, which is not null: from memory, or as
  // `render(std::string&)` appends it. Stays until the next call.
  template <typename Facts, typename Render>
  std::string_view text(const Facts& facts, size_t piece, Render&& render) {
    Slot& slot = slot_of(facts.get(), piece);
    if (slot.facts.get() != facts.get() || slot.piece != piece) {
      slot.facts = facts;
      slot.piece = piece;
      slot.text.clear();
      render(slot.text);
    }
    return slot.text;
  }

 private:
  static constexpr size_t kSlots = 8192;

  struct Slot {
    std::shared_ptr<const void> facts;
    size_t piece = 0;
    std::string text;
  };

  [[nodiscard]] Slot& slot_of(const void* facts, size_t piece) noexcept {
    // Fibonacci hashing (Knuth, The Art of Computer Programming 3, section 6.4): the high bits.
    const uint64_t mixed = (std::bit_cast<uintptr_t>(facts) + piece) * 0x9e3779b97f4a7c15;
    return slots_[mixed >> (64 - std::bit_width(kSlots - 1))];
  }

  std::vector<Slot> slots_;
};

}  // namespace control
