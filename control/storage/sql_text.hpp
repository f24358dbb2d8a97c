// SPDX-License-Identifier: Apache-2.0
// SQL that is put together while the program runs: of literals and of parameters' numbers.
#pragma once

#include "control/query/sql_literal.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace control {

// There is no way from a string into it.
class SqlText {
 public:
  SqlText() = default;
  SqlText(SqlLiteral literal) : text_(literal.text()) {}

  SqlText& operator<<(SqlLiteral literal) {
    text_ += literal.text();
    return *this;
  }
  SqlText& operator<<(const SqlText& other) {
    text_ += other.text_;
    return *this;
  }

  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  friend class SqlParameters;
  std::string text_;
};

// The values of one statement, each with its number.
class SqlParameters {
 public:
  // "$3::inet".
  [[nodiscard]] SqlText add(std::string value, SqlLiteral type) {
    values_.emplace_back(std::move(value));
    SqlText out;
    out.text_ = "$" + std::to_string(values_.size()) + "::";
    return out << type;
  }
  [[nodiscard]] const std::vector<std::optional<std::string>>& values() const noexcept {
    return values_;
  }

 private:
  std::vector<std::optional<std::string>> values_;
};

}  // namespace control
