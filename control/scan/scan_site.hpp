// SPDX-License-Identifier: Apache-2.0
// From the settings of scanning to what a poll core is told of the place it scans from.
#pragma once

#include "control/config/settings.hpp"
#include "dataplane/scan/scan_plan.hpp"

namespace control {

// All but the MAC address, which the port has. `settings` were accepted by the loader; a text that
// it did not accept is a bug and aborts. Each own address has the gateway that is on its link.
// `excluded` holds always_excluded() besides the settings' own.
[[nodiscard]] dataplane::ScanSite scan_site_of(const ScanSettings& settings);

}  // namespace control
