// SPDX-License-Identifier: Apache-2.0
#include "control/config/address_text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;
using std::string_view;
using Spans = std::vector<AddressSpan>;

// Longer than any address is: the longest is an IPv6 range.
constexpr size_t kTextMax = 2 * INET6_ADDRSTRLEN;
constexpr AddressSpan kMapped{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0},
                              {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
constexpr AddressBytes kBeforeMapped{0, 0, 0,    0,    0,    0,    0,    0,
                                     0, 0, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff};
constexpr AddressBytes kAfterMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0};

Failure<Error> wrong(string_view text, const std::string& why) {
  std::string shown(text.substr(0, kTextMax));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return Failure{Error{"`" + shown + (text.size() > kTextMax ? "…" : "") + "`: " + why}};
}

std::optional<int> small_number(string_view text, int max) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text.front() == '0')) return {};
  int number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc{} || parsed.ptr != end || number < 0 || number > max) return {};
  return number;
}

std::optional<AddressBytes> single(string_view text) {
  if (text.size() > kTextMax) return {};
  const std::string terminated(text);
  // inet_pton() would read up to the zero and not see the rest.
  if (terminated.find('\0') != std::string::npos) return {};
  AddressBytes bytes = kMapped.first;
  if (inet_pton(AF_INET, terminated.c_str(), bytes.data() + 12) == 1) return bytes;
  if (inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) return bytes;
  return {};
}

AddressSpan network_of(const AddressBytes& address, int bits) {
  AddressSpan span{address, address};
  for (int i = 0; i < 16; ++i) {
    const int kept = std::clamp(bits - 8 * i, 0, 8);
    const auto host = static_cast<uint8_t>(0xff >> kept);
    const auto at = static_cast<size_t>(i);
    span.first[at] = static_cast<uint8_t>(span.first[at] & ~host);
    span.last[at] |= host;
  }
  return span;
}

// IPv6 as a person means it: without the block in which IPv4 is kept.
Spans without_mapped(const AddressSpan& span) {
  Spans out;
  if (span.first < kMapped.first) out.push_back({span.first, std::min(span.last, kBeforeMapped)});
  if (span.last > kMapped.last) out.push_back({std::max(span.first, kAfterMapped), span.last});
  return out;
}

OrError<Spans> spans_of(string_view text, const AddressSpan& span) {
  if (text.find(':') == string_view::npos) return Spans{span};
  Spans out = without_mapped(span);
  if (out.empty()) return wrong(text, "write IPv4 addresses as 10.0.0.1, not in their mapped form");
  return out;
}

struct SlashParts {
  AddressBytes address{};
  int bits = 0;  // of the 128-bit form
};

OrError<SlashParts> parse_slash(string_view text, size_t slash) {
  const string_view host = text.substr(0, slash);
  const auto address = single(host);
  if (!address.has_value()) {
    if (host.find('-') != string_view::npos)
      return wrong(text, "a range has no prefix length; write one of the two");
    return wrong(text, "what stands before the / is no IP address");
  }
  const bool v4 = host.find(':') == string_view::npos;
  const auto bits = small_number(text.substr(slash + 1), v4 ? 32 : 128);
  if (!bits.has_value()) {
    return wrong(text, std::string("a prefix length is a number from 0 to ") + (v4 ? "32" : "128"));
  }
  return SlashParts{*address, v4 ? 96 + *bits : *bits};
}

OrError<Spans> parse_prefix(string_view text, size_t slash) {
  const auto parts = parse_slash(text, slash);
  if (!parts.ok()) return Failure{parts.error()};
  const auto& [address, bits] = parts.value();
  const AddressSpan span = network_of(address, bits);
  if (span.first != address) {
    return wrong(text, "has bits of a host behind its prefix; write " + address_text(span.first) +
                           std::string(text.substr(slash)) + " for the network or " +
                           address_text(address) + " for the one address");
  }
  return spans_of(text, span);
}

OrError<Spans> parse_range(string_view text, size_t dash) {
  const auto first = single(text.substr(0, dash));
  const auto last = single(text.substr(dash + 1));
  if (!first.has_value() || !last.has_value())
    return wrong(text, "a range is two IP addresses, such as 10.0.0.5-10.0.0.9");
  if (is_v4(*first) != is_v4(*last)) return wrong(text, "both ends must be of one family");
  if (*first > *last) {
    return wrong(
        text, "ends before it begins; write " + address_text(*last) + "-" + address_text(*first));
  }
  return spans_of(text, {*first, *last});
}

struct OctetRange {
  uint8_t first = 0;
  uint8_t last = 0;

  [[nodiscard]] size_t size() const noexcept { return size_t{last} - first + 1; }
};

std::optional<OctetRange> parse_octet(string_view text) {
  const size_t dash = text.find('-');
  const auto first = small_number(text.substr(0, dash), 255);
  const auto last = dash == string_view::npos ? first : small_number(text.substr(dash + 1), 255);
  if (!first.has_value() || !last.has_value() || *first > *last) return {};
  return OctetRange{static_cast<uint8_t>(*first), static_cast<uint8_t>(*last)};
}

// Every choice of values for the octets before the last one that is a part of its range only; what
// stands behind is whole, so that each choice is one span.
Spans expand(const std::array<OctetRange, 4>& octets, size_t num_chosen) {
  Spans out;
  AddressSpan span = kMapped;
  for (size_t i = 0; i < 4; ++i) {
    span.first[12 + i] = octets[i].first;
    span.last[12 + i] = i < num_chosen ? octets[i].first : octets[i].last;
  }
  while (true) {
    out.push_back(span);
    size_t i = num_chosen;
    while (i > 0 && span.first[11 + i] == octets[i - 1].last) {
      span.first[11 + i] = span.last[11 + i] = octets[i - 1].first;
      --i;
    }
    if (i == 0) return out;
    span.last[11 + i] = ++span.first[11 + i];
  }
}

OrError<Spans> parse_octets(string_view text) {
  std::array<OctetRange, 4> octets;
  string_view rest = text;
  for (size_t i = 0; i < 4; ++i) {
    const size_t dot = rest.find('.');
    const auto octet = parse_octet(rest.substr(0, dot));
    if (!octet.has_value() || (dot == string_view::npos) != (i == 3)) {
      return wrong(text,
                   "is no IP address: four numbers or ranges from 0 to 255 without leading "
                   "zeros, such as 10.0.0.5 or 10.0.0-3.1-254");
    }
    octets[i] = *octet;
    rest.remove_prefix(dot == string_view::npos ? rest.size() : dot + 1);
  }
  // The last octet that is not whole ends every span; the ones before it choose among spans.
  size_t end = 4;
  while (end > 0 && octets[end - 1].size() == 256)
    --end;
  const size_t num_chosen = end == 0 ? 0 : end - 1;
  size_t num_spans = 1;
  for (size_t i = 0; i < num_chosen; ++i)
    num_spans *= octets[i].size();
  if (num_spans > kAddressSpansMax) {
    return wrong(text, "is more than " + std::to_string(kAddressSpansMax) +
                           " separate ranges; write networks such as 10.0.0.0/8");
  }
  return expand(octets, num_chosen);
}

}  // namespace

OrError<Spans> parse_address_spans(string_view text) {
  if (const size_t slash = text.find('/'); slash != string_view::npos)
    return parse_prefix(text, slash);
  const size_t dash = text.find('-');
  const bool two =
      text.find(':') != string_view::npos || std::count(text.begin(), text.end(), '.') == 6;
  if (dash != string_view::npos && two) return parse_range(text, dash);
  if (text.find(':') == string_view::npos) return parse_octets(text);
  const auto address = single(text);
  if (!address.has_value()) return wrong(text, "is no IPv6 address");
  return spans_of(text, {*address, *address});
}

bool looks_like_address(string_view text) noexcept {
  if (text.find(':') != string_view::npos || text.find('/') != string_view::npos) return true;
  const size_t dot = text.rfind('.', text.empty() ? 0 : text.size() - 2);
  const string_view label = dot == string_view::npos ? text : text.substr(dot + 1);
  return std::none_of(label.begin(), label.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) > 0x7f;
  });
}

bool AddressInNetwork::has_on_link(const AddressBytes& other) const noexcept {
  const AddressSpan network = network_of(address, prefix_bits);
  return network.first <= other && other <= network.last;
}

OrError<AddressInNetwork> parse_address_in_network(string_view text) {
  const size_t slash = text.find('/');
  if (slash == string_view::npos)
    return wrong(text, "needs the length of its network's prefix, such as 10.0.0.2/24");
  const auto parts = parse_slash(text, slash);
  if (!parts.ok()) return Failure{parts.error()};
  const auto& [address, bits] = parts.value();
  const AddressSpan network = network_of(address, bits);
  const bool network_itself = bits < 127 && address == network.first;
  const bool broadcast = is_v4(address) && bits < 127 && address == network.last;
  if (network_itself || broadcast) {
    return wrong(text, std::string("is the ") + (broadcast ? "broadcast address" : "address") +
                           " of its network, not of one machine in it");
  }
  return AddressInNetwork{address, bits};
}

OrError<AddressBytes> parse_single_address(string_view text) {
  const auto address = single(text);
  if (!address.has_value()) return wrong(text, "is no IP address");
  return *address;
}

std::string address_text(const AddressBytes& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (is_v4(address)) return inet_ntop(AF_INET, address.data() + 12, text.data(), text.size());
  return inet_ntop(AF_INET6, address.data(), text.data(), text.size());
}

bool is_v4(const AddressBytes& address) noexcept {
  return kMapped.first <= address && address <= kMapped.last;
}

}  // namespace control
