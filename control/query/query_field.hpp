// SPDX-License-Identifier: Apache-2.0
// The one declaration of what the memory can be asked for: the check of a query, its SQL, help,
// completion and reference come from it.
#pragma once

#include "control/query/sql_literal.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace control {

// What a query lists. Each is a command of that name.
enum class QueryVerb : uint8_t { certs, hosts, names, cas, keys, fingerprints, changes, count_ };
inline constexpr size_t kNumQueryVerbs = static_cast<size_t>(QueryVerb::count_);
[[nodiscard]] std::string_view name_of(QueryVerb verb) noexcept;
[[nodiscard]] std::optional<QueryVerb> query_verb_named(std::string_view name) noexcept;

class VerbSet {
 public:
  constexpr VerbSet(std::initializer_list<QueryVerb> verbs) noexcept {
    for (const QueryVerb verb : verbs)
      bits_ = static_cast<uint8_t>(bits_ | (1U << static_cast<unsigned>(verb)));
  }
  [[nodiscard]] constexpr bool holds(QueryVerb verb) const noexcept {
    return (bits_ >> static_cast<unsigned>(verb) & 1U) != 0;
  }

 private:
  uint8_t bits_ = 0;
};

// How a value is written, and what `:` means for it.
enum class FieldForm : uint8_t {
  words,    // these words in this order, in any case; = the whole text
  text,     // a bare word; `sql` is the whole condition, with $ where the value goes
  name,     // DNS name, a wildcard covers it; * stands for any characters; = exactly this one
  word,     // the whole text in lower case; * stands for any characters
  number,   // whole number, range, comparison
  time,     // date, time, or a distance from now: 30d, -2w; range, comparison
  span,     // length of time: 398d; range, comparison
  network,  // IP address, or a network such as 10.0.0.0/8
  digest,   // hexadecimal digits, at least 8 from the start
  flag      // yes or no
};
[[nodiscard]] constexpr bool is_ordered(FieldForm form) noexcept {
  return form == FieldForm::number || form == FieldForm::time || form == FieldForm::span;
}

// Of which thing a field speaks. A verb has some of them in its own rows and reaches others over
// links.
enum class FieldHome : uint8_t { certificate, sighting, service, name, fingerprint, answer };

// What not every field has.
struct FieldDetails {
  uint64_t max = 0;                           // of numbers
  size_t digits = 0;                          // of a whole digest
  bool past = false;                          // a time that cannot be in the future
  std::span<const std::string_view> words{};  // all there are; empty: any
  SqlLiteral before{};  // around the conditions on `sql`, where it is in another table
  SqlLiteral after{};
  // Like `sql` where that is not null, and what an index of the list's order is on: asked too, so
  // that the list begins where the answer does.
  SqlLiteral paged{};
};

struct QueryField {
  std::string_view name;
  FieldForm form;
  VerbSet verbs;
  FieldHome home;
  std::string_view example;
  std::string_view help;
  // `c` certificate, `s` sighting, `v` service, `d` name, `x` fingerprint. Of `answer`: the column
  // of the field's name.
  SqlLiteral sql{};
  FieldDetails details{};
};

// The field that bare words search.
inline constexpr std::string_view kBareField = "text";

// In the order of the help. A name may stand several times, for different verbs.
[[nodiscard]] std::span<const QueryField> query_fields() noexcept;
[[nodiscard]] std::vector<const QueryField*> query_fields_of(QueryVerb verb);
[[nodiscard]] const QueryField* find_query_field(QueryVerb verb, std::string_view name) noexcept;

}  // namespace control
