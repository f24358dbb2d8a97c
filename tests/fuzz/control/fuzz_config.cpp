// SPDX-License-Identifier: Apache-2.0
// Any bytes as a configuration file: refused with a reason, or settings that print and read back.
#include "control/config/settings_loader.hpp"
#include "flowtable/base/check.hpp"

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const control::SettingsSources sources{"fuzz.yaml", {}, {false, "/h", "", "", "", "fuzz"}};
  const auto loaded = control::load_settings_text(text, sources);
  if (!loaded.ok()) {
    CHECK(!loaded.error().problems.empty());
    CHECK(loaded.error().text().starts_with("fuzz.yaml:"));
    return 0;
  }
  std::string again;
  for (const control::EffectiveSetting& row : control::effective_settings(loaded.value()))
    again += row.key + ": " + row.value + "\n";
  const auto reloaded = control::load_settings_text(again, sources);
  CHECK(reloaded.ok());
  const auto first = control::effective_settings(loaded.value());
  const auto second = control::effective_settings(reloaded.value());
  for (size_t i = 0; i < first.size(); ++i)
    CHECK(first[i].value == second[i].value);
  return 0;
}
