// SPDX-License-Identifier: Apache-2.0
// Under which settings a scan was begun.
#pragma once

#include "control/config/settings.hpp"

#include <string>

namespace control {

// SHA-256 in hex of all settings of the group `scan`, one line `key: value` each as `tapseal
// config` prints them: equal where a scan may do the same. For the audit and for resuming.
[[nodiscard]] std::string scan_config_hash(const Settings& settings);

}  // namespace control
