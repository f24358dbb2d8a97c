// SPDX-License-Identifier: Apache-2.0
// Conditions between settings, each of which is right by itself.
#pragma once

#include "control/config/config_error.hpp"
#include "control/config/settings_loader.hpp"

#include <vector>

namespace control {

// Empty: all fits. Problems carry the line of the setting that is to be changed.
[[nodiscard]] std::vector<ConfigProblem> problems_together(const LoadedSettings& loaded);

}  // namespace control
