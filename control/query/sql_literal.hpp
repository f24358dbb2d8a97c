// SPDX-License-Identifier: Apache-2.0
// SQL that stands in the source of this program, and can come from nowhere else.
#pragma once

#include <string_view>

namespace control {

// Made by the compiler from a literal: no text of a person, of a packet or of a file can become
// one. What takes only these is safe from injection by its type.
class SqlLiteral {
 public:
  constexpr SqlLiteral() noexcept = default;
  template <size_t N>
  consteval SqlLiteral(const char (&literal)[N]) : text_(literal, N - 1) {}

  [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }
  [[nodiscard]] constexpr bool empty() const noexcept { return text_.empty(); }

  // Its parts before and behind the first `mark`.
  struct Cut;
  [[nodiscard]] constexpr Cut cut(char mark) const noexcept;

 private:
  constexpr SqlLiteral(std::string_view part, int) noexcept : text_(part) {}

  std::string_view text_;
};

struct SqlLiteral::Cut {
  SqlLiteral before;
  SqlLiteral behind;
  bool found = false;
};

constexpr SqlLiteral::Cut SqlLiteral::cut(char mark) const noexcept {
  const size_t at = text_.find(mark);
  if (at == std::string_view::npos) return {*this, {}, false};
  return {{text_.substr(0, at), 0}, {text_.substr(at + 1), 0}, true};
}

}  // namespace control
