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

 private:
  std::string_view text_;
};

}  // namespace control
