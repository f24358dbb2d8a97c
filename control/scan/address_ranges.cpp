// SPDX-License-Identifier: Apache-2.0
#include "control/scan/address_ranges.hpp"

#include <array>
#include <vector>

namespace control {

using dataplane::AddressRange;
using dataplane::AddressSet;
using flowtable::Failure;
using flowtable::IpAddress;

AddressRange range_of(const AddressSpan& span) noexcept {
  return {dataplane::number_of(IpAddress{span.first}), dataplane::number_of(IpAddress{span.last})};
}

flowtable::OrError<AddressSet> address_set_of(std::span<const std::string> texts) {
  std::vector<AddressRange> ranges;
  for (const std::string& text : texts) {
    const auto spans = parse_address_spans(text);
    if (!spans.ok()) return Failure{spans.error()};
    for (const AddressSpan& span : spans.value())
      ranges.push_back(range_of(span));
  }
  return AddressSet(ranges);
}

AddressSet always_excluded() {
  static const std::array<std::string, 10> kTexts{
      "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4",
      "::",        "::1",         "fe80::/10",      "ff00::/8",    "255.255.255.255"};
  return address_set_of(kTexts).value();
}

}  // namespace control
