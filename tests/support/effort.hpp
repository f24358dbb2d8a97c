// SPDX-License-Identifier: Apache-2.0
// How long a test searches.
#pragma once

namespace tests {

// A sanitizer makes each step some thirty times as long and finds other faults than a long search
// does: there an eighth of the steps is enough, and one at least.
template <typename Number>
[[nodiscard]] constexpr Number effort(Number steps) noexcept {
#ifdef TAPSEAL_DCHECK
  return steps < 8 ? 1 : steps / 8;
#else
  return steps;
#endif
}

}  // namespace tests
