// SPDX-License-Identifier: Apache-2.0
// Any bytes as what a person writes about a scan: targets, ports, a window of time.
#include "control/config/time_windows.hpp"
#include "control/scan/scan_ports.hpp"
#include "control/scan/scan_targets.hpp"
#include "flowtable/base/check.hpp"

#include <algorithm>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const control::TargetText one{text, "f"};
  const auto targets = control::parse_scan_targets({&one, 1});
  if (targets.ok()) {
    for (const control::NamedTarget& each : targets.value().list) {
      CHECK(each.name.empty() == each.address.has_value());
      CHECK(each.port != 0);
      // A name that was taken is one that is taken again, as it is.
      if (each.name.empty()) continue;
      const control::TargetText name{each.name};
      const auto again = control::parse_scan_targets({&name, 1});
      CHECK(again.ok() && again.value().list.size() == 1);
      CHECK(again.value().list[0].name == each.name);
    }
  } else {
    CHECK(targets.error().message.starts_with("f:"));
  }
  const auto ports = control::parse_scan_ports(text);
  if (ports.ok()) {
    CHECK(!ports.value().empty() && ports.value()[0] != 0);
    CHECK(std::is_sorted(ports.value().begin(), ports.value().end()));
  }
  const auto window = control::parse_time_window(text);
  if (window.ok()) CHECK(window.value().begin_minute != window.value().end_minute);
  return 0;
}
