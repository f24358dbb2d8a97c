// SPDX-License-Identifier: Apache-2.0
#include "dataplane/port_spec.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <map>
#include <utility>

namespace dataplane {
namespace {

using flowtable::Error;
using flowtable::Failure;

// README, "virtual devices", says how these were found out.
constexpr std::array kVdevs{
    VdevTraits{.driver = "net_af_packet",
               .alias = "iface",
               .alias_key = "iface",
               .required_key = "iface",
               .queues = QueuePolicy::all,
               .packet_buffer_bytes = 16 * 1024},
    VdevTraits{.driver = "net_af_xdp",
               .alias = "xdp",
               .alias_key = "iface",
               .required_key = "iface",
               .queues = QueuePolicy::all},
    VdevTraits{.driver = "net_pcap",
               .alias = "pcap",
               .alias_key = "rx_pcap",
               .queues = QueuePolicy::all,
               .packet_clock_ns = 1000},
    VdevTraits{.driver = "net_ring"},
    VdevTraits{.driver = "net_null", .queues = QueuePolicy::per_core},
    VdevTraits{
        .driver = "net_tap", .alias = "tap", .alias_key = "iface", .transmit_queues_too = true},
    VdevTraits{.driver = "net_memif", .transmit_queues_too = true},
};

Failure<Error> failure(const std::string& text, const std::string& what) {
  return Failure{Error{"port \"" + text + "\": " + what}};
}

// Edit distance, by the usual table of which one row is kept.
size_t distance(std::string_view left, std::string_view right) {
  std::vector<size_t> row(right.size() + 1);
  for (size_t j = 0; j < row.size(); ++j)
    row[j] = j;
  for (size_t i = 0; i < left.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < right.size(); ++j) {
      const size_t replaced = diagonal + (left[i] == right[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string nearest_name(std::string_view name) {
  std::string_view best;
  size_t best_distance = std::numeric_limits<size_t>::max();
  for (const VdevTraits& vdev : kVdevs) {
    for (const std::string_view known : {vdev.driver, vdev.alias}) {
      if (known.empty()) continue;
      const size_t found = distance(name, known);
      if (found < best_distance) {
        best_distance = found;
        best = known;
      }
    }
  }
  return std::string(best);
}

bool is_hex(std::string_view text, size_t digits) {
  return text.size() == digits &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

// "0000:3b:00.0" or "3b:00.0"; the long form in lower case, or nothing.
std::string pci_address(std::string_view text) {
  std::string whole(text.size() == 7 ? "0000:" : "");
  whole += text;
  if (whole.size() != 12 || whole[4] != ':' || whole[7] != ':' || whole[10] != '.') return {};
  const std::string_view view = whole;
  const bool digits = is_hex(view.substr(0, 4), 4) && is_hex(view.substr(5, 2), 2) &&
                      is_hex(view.substr(8, 2), 2) && whole[11] >= '0' && whole[11] <= '7';
  if (!digits) return {};
  std::ranges::transform(whole, whole.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return whole;
}

bool looks_like_pci(std::string_view name) {
  return !name.empty() && name.find(':') != std::string_view::npos &&
         name.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

// "alias:value" as "driver,key=value"; other text as it is.
flowtable::OrError<std::string> without_alias(const std::string& text) {
  const size_t colon = text.find(':');
  for (const VdevTraits& vdev : kVdevs) {
    if (vdev.alias.empty() || colon == std::string::npos ||
        std::string_view(text).substr(0, colon) != vdev.alias) {
      continue;
    }
    const std::string value = text.substr(colon + 1);
    const std::string_view name = std::string_view(value).substr(0, value.find(','));
    if (name.empty()) {
      return failure(text, "names nothing: write " + std::string(vdev.alias) + ":NAME");
    }
    return std::string(vdev.driver) + "," + std::string(vdev.alias_key) + "=" + value;
  }
  return text;
}

flowtable::OrError<PortSpec> parse(const std::string& text) {
  const auto plain = without_alias(text);
  if (!plain) return Failure{plain.error()};
  const std::string& whole = plain.value();
  const size_t comma = whole.find(',');
  const std::string name = whole.substr(0, comma);
  PortSpec spec;
  spec.text = text;
  spec.arguments = comma == std::string::npos ? "" : whole.substr(comma + 1);
  if (name.empty()) return failure(text, "is empty: write iface:NAME or a PCI address");

  spec.device = pci_address(name);
  if (!spec.device.empty()) return spec;
  if (looks_like_pci(name)) {
    return failure(text, "is no PCI address: write it like 0000:3b:00.0 (lspci -D lists them)");
  }
  const std::string driver = name.substr(0, name.find_last_not_of("0123456789") + 1);
  const auto* known = std::ranges::find(kVdevs, driver, &VdevTraits::driver);
  if (known == kVdevs.end()) {
    const std::string meant = nearest_name(driver.substr(0, driver.find(':')));
    return failure(text, "no such device driver: did you mean " + meant + "?");
  }
  spec.vdev = known;
  if (!known->required_key.empty() && spec.argument(known->required_key).empty()) {
    return failure(text, "needs " + std::string(known->required_key) + "=: write " + driver + "," +
                             std::string(known->required_key) + "=NAME");
  }
  return spec;
}

// Takes one "key=value" off `rest`: false at the end. `value` is empty where it is another key's.
bool next_argument(std::string_view& rest, std::string_view key, std::string_view& value) noexcept {
  if (rest.empty()) return false;
  const std::string_view pair = rest.substr(0, rest.find(','));
  rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
  const size_t equals = pair.find('=');
  const bool found = equals != std::string_view::npos && pair.substr(0, equals) == key;
  value = found ? pair.substr(equals + 1) : std::string_view{};
  return true;
}

}  // namespace

std::span<const VdevTraits> known_vdevs() noexcept {
  return kVdevs;
}

std::string_view PortSpec::argument(std::string_view key) const noexcept {
  std::string_view rest = arguments;
  std::string_view value;
  while (next_argument(rest, key, value)) {
    if (!value.empty()) return value;
  }
  return {};
}

std::vector<std::string> PortSpec::all_arguments(std::string_view key) const {
  std::vector<std::string> values;
  std::string_view rest = arguments;
  std::string_view value;
  while (next_argument(rest, key, value)) {
    if (!value.empty()) values.emplace_back(value);
  }
  return values;
}

flowtable::OrError<std::vector<PortSpec>> parse_port_specs(std::span<const std::string> texts) {
  std::vector<PortSpec> specs;
  std::map<std::string_view, unsigned> instances;
  for (const std::string& text : texts) {
    auto spec = parse(text);
    if (!spec) return Failure{spec.error()};
    PortSpec& port = spec.value();
    for (const PortSpec& other : specs) {
      const bool same_place = other.device == port.device && port.vdev == nullptr;
      const std::string_view interface = port.argument("iface");
      const bool same_interface = !interface.empty() && other.argument("iface") == interface;
      if (same_place || same_interface) {
        return failure(text, "is the same device as \"" + other.text + "\": name it once");
      }
    }
    if (port.vdev != nullptr) {
      port.device = std::string(port.vdev->driver) + std::to_string(instances[port.vdev->driver]++);
    }
    specs.push_back(std::move(port));
  }
  return specs;
}

std::vector<std::string> pci_devices(std::span<const PortSpec> ports) {
  std::vector<std::string> devices;
  for (const PortSpec& port : ports) {
    if (port.vdev != nullptr) continue;
    devices.push_back(port.arguments.empty() ? port.device : port.device + "," + port.arguments);
  }
  return devices;
}

}  // namespace dataplane
