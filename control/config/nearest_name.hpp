// SPDX-License-Identifier: Apache-2.0
// "Did you mean": the name that was probably meant.
#pragma once

#include <span>
#include <string_view>

namespace control {

// Single-character insertions, deletions, replacements and swaps of neighbours that turn `a` into
// `b`. Names longer than 64 bytes count as unequal in every byte.
[[nodiscard]] size_t edit_distance(std::string_view a, std::string_view b);

// The candidate nearest to `name`, the first one where several are; empty where none is near enough
// to be a slip of the finger (a third of its length, at least two edits).
[[nodiscard]] std::string_view nearest_name(std::string_view name,
                                            std::span<const std::string_view> candidates);

}  // namespace control
