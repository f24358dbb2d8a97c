// SPDX-License-Identifier: Apache-2.0
// What a person writes to say whom a scan asks.
#pragma once

#include "dataplane/scan/address_set.hpp"
#include "flowtable/base/result.hpp"
#include "flowtable/flow_key.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace control {

// One that is asked by itself, apart from the sweep: a name, which is then the SNI as well, or an
// address with a port of its own. Exactly one of `name` and `address` is set.
struct NamedTarget {
  std::string name;  // lower case, without a final dot
  std::optional<flowtable::IpAddress> address;
  std::optional<uint16_t> port;  // nothing: every port of the scan

  auto operator<=>(const NamedTarget&) const = default;
};

struct ScanTargets {
  dataplane::AddressSet sweep;    // at every port of the scan
  std::vector<NamedTarget> list;  // sorted, each once
};

struct TargetText {
  std::string_view text;
  std::string_view file{};  // as a person named it; empty: written on a command line
};

// Of texts that no file holds; they are borrowed.
[[nodiscard]] std::vector<TargetText> target_texts(std::span<const std::string> texts);

// Of all texts together.
inline constexpr size_t kTargetSpansMax = size_t{1} << 22;
inline constexpr size_t kNamedTargetsMax = size_t{1} << 20;

// Pieces apart by white space, commas and lines; `#` begins a comment that ends with the line. A
// piece is what parse_address_spans() reads, a host name, or `address:port`, `[IPv6]:port`,
// `name:port`. Error: every wrong piece, one line each (the first ten): FILE:LINE, the piece, what
// is wrong with it and what to write instead.
[[nodiscard]] flowtable::OrError<ScanTargets> parse_scan_targets(std::span<const TargetText> texts);

}  // namespace control
