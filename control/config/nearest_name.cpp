// SPDX-License-Identifier: Apache-2.0
#include "control/config/nearest_name.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace control {
namespace {

constexpr size_t kLengthMax = 64;
using Row = std::array<size_t, kLengthMax + 1>;

}  // namespace

size_t edit_distance(std::string_view a, std::string_view b) {
  if (a.size() > kLengthMax || b.size() > kLengthMax) return std::max(a.size(), b.size());
  // Three rows of the usual table: the row being filled and, for swaps, the two above it.
  Row before{};
  Row above{};
  Row row{};
  for (size_t j = 0; j <= b.size(); ++j)
    above[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = std::exchange(above, row);
  }
  return above[b.size()];
}

std::string_view nearest_name(std::string_view name, std::span<const std::string_view> candidates) {
  std::string_view nearest;
  size_t nearest_distance = std::max<size_t>(2, name.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    const size_t distance = edit_distance(name, candidate);
    // A one- or two-letter name is within two edits of any other: not a slip but another word.
    if (distance >= nearest_distance || distance >= candidate.size()) continue;
    nearest = candidate;
    nearest_distance = distance;
  }
  return nearest;
}

}  // namespace control
