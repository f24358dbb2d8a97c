// SPDX-License-Identifier: Apache-2.0
// The settings of scanning: one part of the table.
#include "control/config/address_text.hpp"
#include "control/config/port_range_text.hpp"
#include "control/config/setting_limits.hpp"
#include "control/config/settings_table.hpp"
#include "control/config/time_windows.hpp"

#include <algorithm>
#include <array>

namespace control {
namespace {

using enum SettingType;
using std::string_view;

constexpr uint64_t kEntriesMax = 4096;
constexpr uint32_t kSourcePortsMin = 256;
constexpr uint64_t kRateMax = 100'000'000;

template <typename Parsed>
std::string message_of(const flowtable::OrError<Parsed>& parsed) {
  return parsed.ok() ? "" : parsed.error().message;
}

std::string problem_of_own(string_view text) {
  return message_of(parse_address_in_network(text));
}

std::string problem_of_gateway(string_view text) {
  return message_of(parse_single_address(text));
}

std::string problem_of_addresses(string_view text) {
  return message_of(parse_address_spans(text));
}

std::string problem_of_window(string_view text) {
  return message_of(parse_time_window(text));
}

bool is_source_range(string_view text) {
  const auto range = parse_port_range(text);
  return range.has_value() && range->size() >= kSourcePortsMin;
}

bool is_host_name(string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
  });
}

constexpr SettingSpec kScanSettings[] = {
    {.key = "scan.port",
     .max = 32,
     .help = "Name of the port (of `ports`) that asks. Empty: no scanning.",
     .example = "mirror0",
     .place = kept_in<&Settings::scan, &ScanSettings::port>},
    {.key = "scan.addresses",
     .type = text_list,
     .unit = "addresses with their networks",
     .default_value = "[]",
     .max = 16,
     .problem_of = problem_of_own,
     .help = "Addresses that questions come from, with the length of their network's prefix. They "
             "must be nobody else's, not this machine's either: its kernel would refuse the "
             "answers. The first of each family is used.",
     .example = "[10.0.0.2/24]",
     .place = kept_in<&Settings::scan, &ScanSettings::addresses>},
    {.key = "scan.gateways",
     .type = text_list,
     .unit = "addresses",
     .default_value = "[]",
     .max = 16,
     .problem_of = problem_of_gateway,
     .help = "Where packets go that are not for the own network: one address in it.",
     .example = "[10.0.0.1]",
     .place = kept_in<&Settings::scan, &ScanSettings::gateways>},
    {.key = "scan.vlan",
     .type = count,
     .default_value = "0",
     .max = 4094,
     .help = "VLAN that questions are tagged with. 0: none.",
     .place = kept_in<&Settings::scan, &ScanSettings::vlan>},
    {.key = "scan.allow",
     .type = text_list,
     .unit = "networks, ranges or addresses",
     .default_value = "[]",
     .max = kEntriesMax,
     .problem_of = problem_of_addresses,
     .help = "What may be asked at all. Empty: nothing.",
     .example = "[10.0.0.0/8, 192.168.0.0-192.168.3.255]",
     .place = kept_in<&Settings::scan, &ScanSettings::allow>},
    {.key = "scan.exclude",
     .type = text_list,
     .unit = "networks, ranges or addresses",
     .default_value = "[]",
     .max = kEntriesMax,
     .problem_of = problem_of_addresses,
     .help = "What is never asked, even where it is allowed. Always excluded besides: 0.0.0.0/8, "
             "loopback, link-local, multicast, class E with broadcast. Private networks are not.",
     .example = "[10.66.0.0/16]",
     .place = kept_in<&Settings::scan, &ScanSettings::exclude>},
    {.key = "scan.rate_max",
     .type = count,
     .unit = "packets per second",
     .default_value = "1000",
     .min = 1,
     .max = kRateMax,
     .help = "Ceiling of all questions together. No scan and no command passes it.",
     .place = kept_in<&Settings::scan, &ScanSettings::rate_max>},
    {.key = "scan.rate",
     .type = count,
     .unit = "packets per second",
     .default_value = "1000",
     .min = 1,
     .max = kRateMax,
     .help = "Rate of a scan that names none.",
     .place = kept_in<&Settings::scan, &ScanSettings::rate>},
    {.key = "scan.subnet_rate_max",
     .type = count,
     .unit = "packets per second",
     .default_value = "100",
     .min = 1,
     .max = kRateMax,
     .help = "Ceiling of questions to one IPv4 /24 or IPv6 /64.",
     .place = kept_in<&Settings::scan, &ScanSettings::subnet_rate_max>},
    {.key = "scan.host_rate_max",
     .type = count,
     .unit = "packets per second",
     .default_value = "10",
     .min = 1,
     .max = kRateMax,
     .help = "Ceiling of questions to one address.",
     .place = kept_in<&Settings::scan, &ScanSettings::host_rate_max>},
    {.key = "scan.source_ports",
     .default_value = "40000-59999",
     .min = 1,
     .max = 11,
     .accepts = is_source_range,
     .allowed = "a range of at least 256 ports, such as 40000-59999",
     .help = "Ports that questions come from: one half for the sweep, one for what is asked after "
             "it.",
     .place = kept_in<&Settings::scan, &ScanSettings::source_ports>},
    {.key = "scan.connections_max",
     .type = count,
     .unit = "connections",
     .default_value = "4096",
     .min = 1,
     .max = 1'048'576,
     .help = "Most connections open at one time, per poll core; each takes about 20 KiB.",
     .place = kept_in<&Settings::scan, &ScanSettings::connections_max>},
    {.key = "scan.silence_max",
     .type = duration,
     .default_value = "5s",
     .min = kSecond / 10,
     .max = 300 * kSecond,
     .help = "Silence of a peer after which its connection ends.",
     .place = kept_in<&Settings::scan, &ScanSettings::silence_max>},
    {.key = "scan.duration_max",
     .type = duration,
     .default_value = "20s",
     .min = kSecond,
     .max = 3600 * kSecond,
     .help = "Longest a connection lasts, however lively its peer is.",
     .place = kept_in<&Settings::scan, &ScanSettings::duration_max>},
    {.key = "scan.bytes_max",
     .type = count,
     .unit = "bytes",
     .default_value = "262144",
     .min = 16'384,
     .max = 16'777'216,
     .help = "Most bytes taken from one peer on one connection.",
     .place = kept_in<&Settings::scan, &ScanSettings::bytes_max>},
    {.key = "scan.attempts",
     .type = count,
     .unit = "questions",
     .default_value = "2",
     .min = 1,
     .max = 16,
     .help = "How often a target that does not answer is asked.",
     .place = kept_in<&Settings::scan, &ScanSettings::attempts>},
    {.key = "scan.wait",
     .type = duration,
     .default_value = "1s",
     .min = kSecond / 100,
     .max = 60 * kSecond,
     .help = "How long an answer is waited for after each question.",
     .place = kept_in<&Settings::scan, &ScanSettings::wait>},
    {.key = "scan.windows",
     .type = text_list,
     .unit = "windows of time",
     .default_value = "[]",
     .max = 64,
     .problem_of = problem_of_window,
     .help = "When scans may send, in local time. Empty: always.",
     .example = "[\"Mon-Fri 22:00-06:00\", \"Sat,Sun\"]",
     .place = kept_in<&Settings::scan, &ScanSettings::windows>},
    {.key = "scan.own_name",
     .max = 253,
     .accepts = is_host_name,
     .allowed = "a host name or nothing",
     .help = "Name that mail servers are greeted with. Empty: one that cannot exist.",
     .example = "scanner.example.com",
     .place = kept_in<&Settings::scan, &ScanSettings::own_name>},
    {.key = "scan.passive_follow",
     .type = word,
     .default_value = "no",
     .words = kNoYes,
     .help = "Whether servers that the tap sees with TLS 1.3, whose certificates are sealed there, "
             "are asked for them. Only what `scan.allow` holds.",
     .place = kept_in<&Settings::scan, &ScanSettings::passive_follow>},
    {.key = "scan.passive_rate",
     .type = count,
     .unit = "targets per second",
     .default_value = "10",
     .min = 1,
     .max = 1'000'000,
     .help = "Most servers asked in this way.",
     .place = kept_in<&Settings::scan, &ScanSettings::passive_rate>},
    {.key = "scan.fleet",
     .type = word,
     .default_value = "no",
     .words = kNoYes,
     .help = "Whether this scanner takes its part of scans that others begin (`tapseal scan "
             "--fleet`) and that are in the same database. Only what `scan.allow` holds.",
     .place = kept_in<&Settings::scan, &ScanSettings::fleet>},
    {.key = "scan.fleet_lease",
     .type = duration,
     .default_value = "30s",
     .min = 3 * kSecond,
     .max = 3600 * kSecond,
     .help =
         "For how long a part of such a scan is taken on loan. The loan is renewed about once a "
         "second; where that fails nothing more of it is sent at its end, and another scanner "
         "may take it.",
     .place = kept_in<&Settings::scan, &ScanSettings::fleet_lease>},
};

}  // namespace

std::span<const SettingSpec> scan_settings() noexcept {
  return kScanSettings;
}

}  // namespace control
