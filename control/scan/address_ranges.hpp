// SPDX-License-Identifier: Apache-2.0
// Address texts as the sets that a scan works with.
#pragma once

#include "control/config/address_text.hpp"
#include "dataplane/scan/address_set.hpp"
#include "flowtable/base/result.hpp"

#include <span>
#include <string>

namespace control {

[[nodiscard]] dataplane::AddressRange range_of(const AddressSpan& span) noexcept;

// Each text as parse_address_spans() reads it. Error: of the first that is none.
[[nodiscard]] flowtable::OrError<dataplane::AddressSet> address_set_of(
    std::span<const std::string> texts);

// What no scan asks whatever the settings allow, because nothing there is a server one could have
// meant: "this network" (RFC 1122 section 3.2.1.3), loopback, link-local (169.254.0.0/16 and
// fe80::/10: the same addresses stand on every wire), multicast, class E with the broadcast address
// (RFC 1112 section 4), the unspecified address. Private networks and documentation networks are
// not in it: the former are the target, the latter are what laboratories use.
[[nodiscard]] dataplane::AddressSet always_excluded();

}  // namespace control
