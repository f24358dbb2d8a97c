// SPDX-License-Identifier: Apache-2.0
// Whether the scanner's addresses are its own.
#pragma once

#include "dataplane/scan/scan_plan.hpp"
#include "flowtable/base/result.hpp"

#include <string>

namespace control {

// The interface on which this machine's kernel has the address; empty: it has not.
[[nodiscard]] std::string interface_with(const flowtable::IpAddress& address);

// Error: one of them belongs to this machine's kernel, which would answer RST to everybody who
// answers us.
[[nodiscard]] flowtable::OrError<void> check_own_addresses(const dataplane::ScanSite& site);

}  // namespace control
