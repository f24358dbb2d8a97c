// SPDX-License-Identifier: Apache-2.0
#include "control/config/settings_together.hpp"

#include "control/config/address_text.hpp"
#include "control/config/nearest_name.hpp"
#include "control/config/setting_limits.hpp"
#include "control/config/settings_table.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace control {
namespace {

using Problems = std::vector<ConfigProblem>;

int line_of(const LoadedSettings& loaded, std::string_view key) {
  const auto index = static_cast<size_t>(find_setting(key) - settings_table().data());
  const SettingOrigin& origin = loaded.origins[index];
  return origin.kind == SettingOrigin::Kind::file ? origin.line : 0;
}

void check_captures(const LoadedSettings& loaded, Problems& problems) {
  const CaptureSettings& capture = loaded.settings.capture;
  if (capture.large_max <= capture.captures_max) return;
  problems.push_back({line_of(loaded, "capture.large_max"),
                      "`capture.large_max` is " + std::to_string(capture.large_max) +
                          ", more than all captures (`capture.captures_max` is " +
                          std::to_string(capture.captures_max) + ")"});
}

void check_socket(const LoadedSettings& loaded, Problems& problems) {
  const std::string& socket = loaded.settings.run.socket;
  if (socket.size() <= kSocketPathMax) return;
  problems.push_back({0, "the default of `run.socket` is longer than 107 bytes (" + socket +
                             "); set it to a shorter path"});
}

void check_bus(const LoadedSettings& loaded, Problems& problems) {
  const BusSettings& bus = loaded.settings.bus;
  if (!bus.writer) return;
  const int line = line_of(loaded, "bus.writer");
  if (bus.url.empty()) {
    problems.push_back({line, "`bus.writer` is yes and `bus.url` is empty: say where the bus is"});
  }
  if (loaded.settings.storage.database == "none") {
    problems.push_back({line,
                        "`bus.writer` is yes and `storage.database` is none: a writer needs "
                        "a database to write to"});
  }
}

void check_scan_port(const LoadedSettings& loaded, Problems& problems) {
  const ScanSettings& scan = loaded.settings.scan;
  if (scan.port.empty()) return;
  std::vector<std::string_view> names;
  for (const PortSettings& port : loaded.settings.ports)
    names.push_back(port.name);
  if (std::find(names.begin(), names.end(), scan.port) != names.end()) return;
  std::string what = "`scan.port` is `" + scan.port + "`, which no entry of `ports` is named";
  const std::string_view nearest = nearest_name(scan.port, names);
  if (!nearest.empty()) what += "; did you mean `" + std::string(nearest) + "`?";
  problems.push_back({line_of(loaded, "scan.port"), what});
}

void check_scan_addresses(const LoadedSettings& loaded, Problems& problems) {
  const ScanSettings& scan = loaded.settings.scan;
  if (!scan.port.empty() && scan.addresses.empty()) {
    problems.push_back({line_of(loaded, "scan.port"),
                        "`scan.port` is set and `scan.addresses` is empty: name an address of that "
                        "network which nobody else uses, such as [10.0.0.2/24]"});
  }
  std::vector<AddressInNetwork> own;
  for (const std::string& text : scan.addresses)
    own.push_back(parse_address_in_network(text).value());
  for (const std::string& text : scan.gateways) {
    const AddressBytes gateway = parse_single_address(text).value();
    const auto reaches = [&](const AddressInNetwork& each) { return each.has_on_link(gateway); };
    const auto is_it = [&](const AddressInNetwork& each) { return each.address == gateway; };
    const int line = line_of(loaded, "scan.gateways");
    if (std::any_of(own.begin(), own.end(), is_it)) {
      problems.push_back({line, "`scan.gateways`: `" + text + "` is one of `scan.addresses`"});
    } else if (std::none_of(own.begin(), own.end(), reaches)) {
      problems.push_back(
          {line, "`scan.gateways`: `" + text + "` is in the network of none of `scan.addresses`"});
    }
  }
}

void check_scan_rates(const LoadedSettings& loaded, Problems& problems) {
  const ScanSettings& scan = loaded.settings.scan;
  if (scan.rate > scan.rate_max) {
    // The one of the two that the file sets is the one to change.
    const int line = line_of(loaded, "scan.rate");
    problems.push_back({line != 0 ? line : line_of(loaded, "scan.rate_max"),
                        "`scan.rate` is " + std::to_string(scan.rate) +
                            ", more than the ceiling (`scan.rate_max` is " +
                            std::to_string(scan.rate_max) + ")"});
  }
  if (scan.silence_max > scan.duration_max) {
    problems.push_back({line_of(loaded, "scan.silence_max"),
                        "`scan.silence_max` is longer than a whole connection may last "
                        "(`scan.duration_max`)"});
  }
}

}  // namespace

Problems problems_together(const LoadedSettings& loaded) {
  Problems problems;
  check_captures(loaded, problems);
  check_bus(loaded, problems);
  check_socket(loaded, problems);
  check_scan_port(loaded, problems);
  check_scan_addresses(loaded, problems);
  check_scan_rates(loaded, problems);
  return problems;
}

}  // namespace control
