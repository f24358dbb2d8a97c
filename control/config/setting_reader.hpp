// SPDX-License-Identifier: Apache-2.0
// One setting from its YAML value, and back.
#pragma once

#include "control/config/config_error.hpp"
#include "control/config/settings_table.hpp"
#include "control/config/yaml_tree.hpp"
#include "flowtable/base/result.hpp"

#include <string>

namespace control {

// The value that `node` gives the setting, checked against its type and bounds. The problem carries
// the line of the value, the setting, what was found and what is allowed.
[[nodiscard]] flowtable::Result<SettingValue, ConfigProblem> read_setting(const SettingSpec& spec,
                                                                          const YamlNode& node);

// The value as one writes it in YAML, on one line; read_setting() of it gives the same value.
[[nodiscard]] std::string write_setting(const SettingSpec& spec, const SettingValue& value);

// What may stand there: "a whole number of flows from 16 to 67108864".
[[nodiscard]] std::string allowed_values(const SettingSpec& spec);

}  // namespace control
