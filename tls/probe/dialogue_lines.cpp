// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/dialogue_lines.hpp"

#include <algorithm>
#include <string>

namespace tls::probe {
namespace {

// Tabs, form feeds and the escapes that colour a banner are text.
bool is_text(uint8_t byte) noexcept {
  return byte >= 0x20 || (byte >= '\t' && byte <= '\r') || byte == 0x1b;
}

std::string_view as_text(flowtable::Bytes bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

}  // namespace

size_t LineDialogue::read(flowtable::Bytes unread) {
  for (; scanned_ < unread.size(); ++scanned_) {
    if (unread[scanned_] == '\n') {
      std::string_view text = as_text(unread.first(scanned_));
      if (text.ends_with('\r')) text.remove_suffix(1);
      const size_t took = scanned_ + 1;
      scanned_ = 0;
      line(text);
      return took;
    }
    const bool fits = is_text(unread[scanned_]) && could_begin(as_text(unread.first(scanned_ + 1)));
    if (!fits) fail(DialogueFailure::not_this_protocol);
    if (scanned_ + 1 == kLineBytesMax) fail(DialogueFailure::too_much);
    if (is_decided()) return 0;
  }
  return 0;
}

void NumberedDialogue::line(std::string_view text) {
  const int code = three_digits(text);
  const bool goes_on = text.size() > 3 && text[3] == '-';
  const bool is_last = code != 0 && (text.size() == 3 || text[3] == ' ');
  if (code_ != 0 && between_ == Between::any_text && (code != code_ || !is_last)) {
    reply_line(text);
    return;
  }
  if (code == 0 || (!goes_on && !is_last)) {
    fail(DialogueFailure::not_this_protocol);
    return;
  }
  reply_line(text.substr(std::min<size_t>(text.size(), 4)));
  code_ = goes_on ? code : 0;
  if (!goes_on) reply(code);
}

bool NumberedDialogue::could_begin(std::string_view text) const {
  if (code_ != 0 && between_ == Between::any_text) return true;
  return std::all_of(text.begin(), text.begin() + std::min<size_t>(text.size(), 3), is_digit);
}

void NumberedDialogue::refuse_with(int code) {
  set_transient(code >= 400 && code <= 499);
  refuse(std::to_string(code));
}

bool equal_words(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

bool begins_with(std::string_view text, std::string_view words) noexcept {
  return equal_words(text.substr(0, words.size()), words);
}

bool may_become(std::string_view begun, std::string_view words) noexcept {
  return begins_with(begun, words) || begins_with(words, begun);
}

std::string_view take_word(std::string_view& text) noexcept {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return word;
}

bool has_word(std::string_view text, std::string_view word) noexcept {
  while (!text.empty()) {
    if (equal_words(take_word(text), word)) return true;
  }
  return false;
}

int three_digits(std::string_view text) noexcept {
  if (text.size() < 3 || !std::all_of(text.begin(), text.begin() + 3, is_digit)) return 0;
  return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}

}  // namespace tls::probe
