// SPDX-License-Identifier: Apache-2.0
// The grammar of filters, without any knowledge of sessions: a program that only asks can check
// what it was given.
//
//   FILTER = ["-"] FIELD (":" VALUE {"," VALUE} | ("<" | "<=" | ">" | ">=") VALUE)
//
// `:` holds where one of the values fits, `-` before a filter turns its meaning round, several
// filters must all hold. VALUE `-` means that there is nothing. What is absent fits no other value
// and no comparison.
#pragma once

#include "control/filter/address_prefix.hpp"
#include "control/filter/filter_fields.hpp"
#include "flowtable/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace control {

enum class FilterComparison : uint8_t { is, less, at_most, greater, at_least };

struct FilterValue {
  std::string text;      // lower case; of a pattern with its *
  uint64_t number = 0;   // of a number; of a version its rank, see version_rank()
  AddressPrefix prefix;  // of an address
  bool absent = false;   // written as `-`
};

struct FilterTerm {
  const FilterField* field = nullptr;
  FilterComparison comparison = FilterComparison::is;
  std::vector<FilterValue> values;  // at least one; exactly one of a comparison with an order
  bool negated = false;
};

// Error: one line with the filter, the character (from 1) where it goes wrong, and the mend.
[[nodiscard]] flowtable::OrError<FilterTerm> parse_filter_term(std::string_view text);

// Order of protocol versions, the same for TLS, QUIC and DTLS: 0 SSL 3.0 (and older), 1 TLS 1.0,
// 2 TLS 1.1, 3 TLS 1.2, 4 TLS 1.3 (drafts too).
[[nodiscard]] uint64_t version_rank(uint16_t version) noexcept;

// Whether `text` is what `pattern` (lower case) describes; ASCII letters alike.
[[nodiscard]] bool fits_pattern(std::string_view pattern, std::string_view text) noexcept;
// Whether `part` (lower case) stands in `text`; ASCII letters alike.
[[nodiscard]] bool contains_part(std::string_view part, std::string_view text) noexcept;

}  // namespace control
