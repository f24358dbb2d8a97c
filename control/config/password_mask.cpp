// SPDX-License-Identifier: Apache-2.0
#include "control/config/password_mask.hpp"

#include <algorithm>

namespace control {
namespace {

constexpr std::string_view kMask = "***";

// The length of a parameter's value: to the next separator, or to the end of its quotes.
size_t value_length(std::string_view text) {
  if (!text.starts_with('\'')) return std::min(text.find_first_of("& \t\n"), text.size());
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '\'') {
      return i + 1;
    }
  }
  return text.size();
}

void mask_user_part(std::string& text) {
  const size_t scheme = text.find("://");
  if (scheme == std::string::npos) return;
  const size_t begin = scheme + 3;
  // A password may hold an unescaped '@': the last one before the path ends the user part.
  const size_t end = text.rfind('@', text.find_first_of("/?", begin));
  if (end == std::string::npos || end < begin) return;
  const size_t colon = text.find(':', begin);
  if (colon < end) text.replace(colon + 1, end - colon - 1, kMask);
}

}  // namespace

std::string without_password(std::string_view address) {
  std::string text(address);
  mask_user_part(text);
  constexpr std::string_view kName = "password=";
  for (size_t at = text.find(kName); at != std::string::npos;
       at = text.find(kName, at + kName.size())) {
    const size_t begin = at + kName.size();
    text.replace(begin, value_length(std::string_view(text).substr(begin)), kMask);
  }
  return text;
}

}  // namespace control
