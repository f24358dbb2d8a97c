// SPDX-License-Identifier: Apache-2.0
// The settings of the bus: one part of the table.
#include "control/config/setting_limits.hpp"
#include "control/config/settings_table.hpp"

namespace control {
namespace {

using enum SettingType;
using std::string_view;

bool is_bus(string_view text) {
  return text.empty() || text.starts_with("nats://") || text.starts_with("tls://");
}

bool is_no_or_absolute_path(string_view text) {
  return text.empty() || text.starts_with('/');
}

constexpr SettingSpec kBusSettings[] = {
    {.key = "bus.url",
     .max = kPathMax,
     .accepts = is_bus,
     .allowed = "nats:// or tls:// addresses with commas between them, or nothing",
     .help = "Where this sensor's records go instead of into its own database. Empty: no bus.",
     .example = "nats://10.0.0.1:4222,nats://10.0.0.2:4222,nats://10.0.0.3:4222",
     .place = kept_in<&Settings::bus, &BusSettings::url>},
    {.key = "bus.writer",
     .type = word,
     .default_value = "no",
     .words = kNoYes,
     .help = "Whether this daemon also stores what comes over the bus in its storage.database. Any "
             "number of writers may share one.",
     .place = kept_in<&Settings::bus, &BusSettings::writer>},
    {.key = "bus.credentials",
     .max = kPathMax,
     .accepts = is_no_or_absolute_path,
     .allowed = "an absolute path or nothing",
     .help = "File with the JWT and the key of a user of the bus.",
     .example = "/etc/tapseal/bus.creds",
     .place = kept_in<&Settings::bus, &BusSettings::credentials>},
    {.key = "bus.ca",
     .max = kPathMax,
     .accepts = is_no_or_absolute_path,
     .allowed = "an absolute path or nothing",
     .help = "PEM file of the authorities that the servers of a tls:// bus are checked with.",
     .example = "/etc/tapseal/bus-ca.pem",
     .place = kept_in<&Settings::bus, &BusSettings::ca>},
    {.key = "bus.replicas",
     .type = count,
     .unit = "servers",
     .default_value = "3",
     .min = 1,
     .max = 5,
     .help = "On how many servers the bus keeps each record, where this daemon is the first to use "
             "it. A bus of one server takes 1.",
     .place = kept_in<&Settings::bus, &BusSettings::replicas>},
    {.key = "bus.stream_max_mb",
     .type = count,
     .unit = "MiB",
     .default_value = "1024",
     .min = 16,
     .max = 1'048'576,
     .help = "Most that the bus keeps for writers, where this daemon is the first to use it; then "
             "the sensors' spools grow.",
     .place = kept_in<&Settings::bus, &BusSettings::stream_max_mb>},
};

}  // namespace

std::span<const SettingSpec> bus_settings() noexcept {
  return kBusSettings;
}

}  // namespace control
