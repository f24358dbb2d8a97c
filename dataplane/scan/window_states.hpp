// SPDX-License-Identifier: Apache-2.0
// What is known of the targets that were asked and may still answer.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace dataplane {

// What is known of a target. One that stays `asked` to the end is silent; lost_locally is one whose
// probe could not leave.
enum class ProbeState : uint8_t { asked, open, closed, unreachable, lost_locally };

// Half a byte for each step of some windows, in the order of the steps: who walks through a window
// reads 16 of them with one word, and most words are 0, which is 16 targets that were asked.
class WindowStates {
 public:
  static constexpr uint8_t kNoTarget = 7;  // a step that leads to none

  WindowStates(size_t windows, uint32_t steps)
      : words_per_window_((size_t{steps} + kPerWord - 1) / kPerWord),
        words_(windows * words_per_window_) {}

  // All of `steps` asked.
  void clear(size_t window, uint64_t steps) noexcept {
    const std::span<uint64_t> words = of(window);
    std::ranges::fill(words, 0);
    for (uint64_t step = steps; step < words.size() * kPerWord; ++step)
      set(window, step, kNoTarget);
  }
  [[nodiscard]] uint8_t get(size_t window, uint64_t step) const noexcept {
    return words_[word_of(window, step)] >> shift_of(step) & kMask;
  }
  void set(size_t window, uint64_t step, uint8_t state) noexcept {
    uint64_t& word = words_[word_of(window, step)];
    word = (word & ~(kMask << shift_of(step))) | uint64_t{state} << shift_of(step);
  }
  void set(size_t window, uint64_t step, ProbeState state) noexcept {
    set(window, step, static_cast<uint8_t>(state));
  }

  // How many steps have each state.
  using Tally = std::array<uint64_t, 16>;
  [[nodiscard]] Tally tally(size_t window) const noexcept {
    Tally out{};
    const auto first = words_.begin() + static_cast<ptrdiff_t>(window * words_per_window_);
    std::for_each_n(first, words_per_window_, [&out](uint64_t word) {
      if (word == 0) {
        out[0] += kPerWord;
        return;
      }
      for (size_t i = 0; i < kPerWord; ++i, word >>= kBits)
        ++out[word & kMask];
    });
    return out;
  }

 private:
  static constexpr uint64_t kBits = 4;
  static constexpr uint64_t kMask = 15;
  static constexpr size_t kPerWord = 64 / kBits;

  [[nodiscard]] std::span<uint64_t> of(size_t window) noexcept {
    return std::span(words_).subspan(window * words_per_window_, words_per_window_);
  }
  [[nodiscard]] size_t word_of(size_t window, uint64_t step) const noexcept {
    return window * words_per_window_ + static_cast<size_t>(step / kPerWord);
  }
  [[nodiscard]] static uint64_t shift_of(uint64_t step) noexcept { return step % kPerWord * kBits; }

  size_t words_per_window_;
  std::vector<uint64_t> words_;
};

}  // namespace dataplane
