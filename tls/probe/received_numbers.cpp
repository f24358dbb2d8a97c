// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/received_numbers.hpp"

namespace tls::probe {

bool ReceivedNumbers::add(uint64_t number) {
  if (numbers_.size() >= kNumbersMax && number < *numbers_.begin()) return false;
  if (!numbers_.insert(number).second) return false;
  if (numbers_.size() > kNumbersMax) numbers_.erase(numbers_.begin());
  return true;
}

std::vector<ReceivedNumbers::Range> ReceivedNumbers::ranges() const {
  std::vector<Range> out;
  for (auto at = numbers_.rbegin(); at != numbers_.rend(); ++at) {
    if (!out.empty() && out.back().first == *at + 1) {
      out.back().first = *at;
      continue;
    }
    if (out.size() == kRangesMax) break;
    out.push_back({*at, *at});
  }
  return out;
}

}  // namespace tls::probe
