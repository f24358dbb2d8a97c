// SPDX-License-Identifier: Apache-2.0
// Cuts the text of a query into its parts.
#pragma once

#include "control/query/query.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace control {

// A piece of the text, and where it began.
struct QueryPiece {
  std::string text;  // without quotes
  size_t at = 0;     // in bytes, from 0
  bool quoted = false;
  bool closed = true;  // false: the text ended inside the quotes
};

// Walks the text once. Each take_… stands at what it takes, or takes nothing.
class QueryScanner {
 public:
  explicit QueryScanner(std::string_view text) : text_(text) {}

  [[nodiscard]] bool at_end();  // but for blanks
  [[nodiscard]] size_t at() const noexcept { return at_; }
  // The character (not byte) at that place, from 1.
  [[nodiscard]] size_t column_of(size_t at) const noexcept;

  [[nodiscard]] bool take(std::string_view what);
  // A name that an operator follows; all of what follows up to a blank tells them from others.
  [[nodiscard]] std::optional<QueryPiece> take_field();
  [[nodiscard]] std::optional<QueryOperator> take_operator();
  // Up to a blank.
  [[nodiscard]] QueryPiece take_word();
  // Up to a blank, a comma or, where ranges have a meaning, two dots.
  [[nodiscard]] QueryPiece take_value(bool ranges);

 private:
  [[nodiscard]] QueryPiece take_quoted();
  [[nodiscard]] std::string_view rest() const noexcept { return text_.substr(at_); }

  std::string_view text_;
  size_t at_ = 0;
};

[[nodiscard]] bool is_blank(char c) noexcept;

}  // namespace control
