// SPDX-License-Identifier: Apache-2.0
// Effective settings: defaults, then the file, then command-line flags.
#pragma once

#include "control/config/config_error.hpp"
#include "control/config/environment.hpp"
#include "control/config/settings.hpp"
#include "flowtable/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace control {

// Where a value comes from. As text: "default", "FILE:LINE" or "flag".
struct SettingOrigin {
  enum class Kind { standard, file, flag };
  Kind kind = Kind::standard;
  int line = 0;  // of the file
};

struct LoadedSettings {
  Settings settings;
  std::string file;                    // empty: no file
  std::vector<SettingOrigin> origins;  // in the order of settings_table()
};

struct SettingsSources {
  std::string file;                // path; empty: none
  std::vector<std::string> flags;  // "group.name=value", the value as in YAML
  Environment environment;
};

// Reads the file and everything else. Start-up and the CLI call it; any thread.
[[nodiscard]] flowtable::Result<LoadedSettings, ConfigErrors> load_settings(
    const SettingsSources& sources);

// The same with the file's text at hand; sources.file is what messages call it.
[[nodiscard]] flowtable::Result<LoadedSettings, ConfigErrors> load_settings_text(
    std::string_view text, const SettingsSources& sources);

// One row of `tapseal config`.
struct EffectiveSetting {
  std::string key;
  std::string value;  // as in YAML
  std::string origin;
};
[[nodiscard]] std::vector<EffectiveSetting> effective_settings(const LoadedSettings& loaded);

}  // namespace control
