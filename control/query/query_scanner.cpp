// SPDX-License-Identifier: Apache-2.0
#include "control/query/query_scanner.hpp"

#include <algorithm>
#include <array>

namespace control {
namespace {

using std::string_view;

struct Spelling {
  string_view text;
  QueryOperator op;
};
// Longer ones first.
constexpr std::array kSpellings = {
    Spelling{"<=", QueryOperator::at_most}, Spelling{">=", QueryOperator::at_least},
    Spelling{"<", QueryOperator::less},     Spelling{">", QueryOperator::greater},
    Spelling{":", QueryOperator::fits},     Spelling{"=", QueryOperator::equal}};

bool is_name_char(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.';
}

}  // namespace

bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool QueryScanner::at_end() {
  while (at_ < text_.size() && is_blank(text_[at_]))
    ++at_;
  return at_ == text_.size();
}

size_t QueryScanner::column_of(size_t at) const noexcept {
  // Every byte but those that go on with a UTF-8 sequence begins a character.
  const string_view before = text_.substr(0, at);
  return 1 + static_cast<size_t>(std::ranges::count_if(
                 before, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

bool QueryScanner::take(string_view what) {
  if (!rest().starts_with(what)) return false;
  at_ += what.size();
  return true;
}

std::optional<QueryPiece> QueryScanner::take_field() {
  size_t end = at_;
  while (end < text_.size() && is_name_char(text_[end]))
    ++end;
  const bool named = end > at_ && (text_[at_] < '0' || text_[at_] > '9') && text_[at_] != '.';
  const string_view behind = text_.substr(end);
  const bool has_operator = std::ranges::any_of(
      kSpellings, [&](const Spelling& each) { return behind.starts_with(each.text); });
  if (!named || !has_operator) return std::nullopt;
  QueryPiece piece{std::string(text_.substr(at_, end - at_)), at_};
  at_ = end;
  return piece;
}

std::optional<QueryOperator> QueryScanner::take_operator() {
  for (const Spelling& each : kSpellings)
    if (take(each.text)) return each.op;
  return std::nullopt;
}

QueryPiece QueryScanner::take_quoted() {
  QueryPiece piece{"", at_++, true, false};
  while (at_ < text_.size()) {
    char c = text_[at_++];
    if (c == '"') {
      piece.closed = true;
      break;
    }
    const bool escaped = c == '\\' && at_ < text_.size() && (text_[at_] == '"' || text_[at_] == c);
    if (escaped) c = text_[at_++];
    piece.text += c;
  }
  return piece;
}

QueryPiece QueryScanner::take_word() {
  if (rest().starts_with('"')) return take_quoted();
  const size_t start = at_;
  while (at_ < text_.size() && !is_blank(text_[at_]))
    ++at_;
  return {std::string(text_.substr(start, at_ - start)), start};
}

QueryPiece QueryScanner::take_value(bool ranges) {
  if (rest().starts_with('"')) return take_quoted();
  const size_t start = at_;
  while (at_ < text_.size() && !is_blank(text_[at_]) && text_[at_] != ',' &&
         !(ranges && rest().starts_with("..")))
    ++at_;
  return {std::string(text_.substr(start, at_ - start)), start};
}

}  // namespace control
