// SPDX-License-Identifier: Apache-2.0
#include "control/scan/scan_config_hash.hpp"

#include "control/config/setting_reader.hpp"
#include "control/config/settings_table.hpp"
#include "tls/digest/digest.hpp"

namespace control {

std::string scan_config_hash(const Settings& settings) {
  std::string text;
  for (const SettingSpec& spec : scan_settings())
    text += std::string(spec.key) + ": " + write_setting(spec, spec.place.get(settings)) + "\n";
  return tls::to_hex(tls::sha256(tls::bytes_of(text)));
}

}  // namespace control
