// SPDX-License-Identifier: Apache-2.0
// Which packets of a QUIC packet number space have come: what an ACK frame says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

namespace tls::probe {

// One thread at a time.
class ReceivedNumbers {
 public:
  static constexpr size_t kNumbersMax = 256;
  static constexpr size_t kRangesMax = 32;

  // False where it came already. Numbers below the latest kNumbersMax count as that, too: their
  // senders have given them up long ago.
  [[nodiscard]] bool add(uint64_t number);
  [[nodiscard]] bool empty() const noexcept { return numbers_.empty(); }
  // After the largest one: 0 where there is none.
  [[nodiscard]] uint64_t expected() const noexcept {
    return numbers_.empty() ? 0 : *numbers_.rbegin() + 1;
  }

  // Both included. The latest kRangesMax, the largest numbers first, as ACK frames have them.
  struct Range {
    uint64_t first;
    uint64_t last;
    bool operator==(const Range&) const = default;
  };
  [[nodiscard]] std::vector<Range> ranges() const;

 private:
  std::set<uint64_t> numbers_;
};

}  // namespace tls::probe
