// SPDX-License-Identifier: Apache-2.0
#include "control/config/port_range_text.hpp"

#include <charconv>

namespace control {
namespace {

std::optional<uint16_t> parse_port(std::string_view text) noexcept {
  uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, port);
  if (parsed.ec != std::errc{} || parsed.ptr != end || port == 0) return std::nullopt;
  return port;
}

}  // namespace

std::optional<PortSpan> parse_port_range(std::string_view text) noexcept {
  const size_t dash = text.find('-');
  const auto first = parse_port(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_port(text.substr(dash + 1));
  if (!first.has_value() || !last.has_value() || *first > *last) return std::nullopt;
  return PortSpan{*first, *last};
}

}  // namespace control
