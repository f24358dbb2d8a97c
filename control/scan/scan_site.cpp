// SPDX-License-Identifier: Apache-2.0
#include "control/scan/scan_site.hpp"

#include "control/config/address_text.hpp"
#include "control/config/port_range_text.hpp"
#include "control/scan/address_ranges.hpp"

namespace control {
namespace {

using dataplane::AddressRange;
using dataplane::AddressSet;
using dataplane::OwnAddress;
using flowtable::IpAddress;

OwnAddress own_address_of(const std::string& text, const ScanSettings& settings) {
  const AddressInNetwork own = parse_address_in_network(text).value();
  OwnAddress out{IpAddress{own.address}, own.prefix_bits, std::nullopt};
  for (const std::string& each : settings.gateways) {
    const AddressBytes gateway = parse_single_address(each).value();
    if (own.has_on_link(gateway) && !out.gateway.has_value()) out.gateway = IpAddress{gateway};
  }
  return out;
}

AddressSet joined(const AddressSet& a, const AddressSet& b) {
  std::vector<AddressRange> ranges(a.ranges().begin(), a.ranges().end());
  ranges.insert(ranges.end(), b.ranges().begin(), b.ranges().end());
  return AddressSet(ranges);
}

}  // namespace

dataplane::ScanSite scan_site_of(const ScanSettings& settings) {
  dataplane::ScanSite site;
  for (const std::string& text : settings.addresses)
    site.addresses.push_back(own_address_of(text, settings));
  if (settings.vlan != 0) site.vlan = settings.vlan;
  site.allowed = address_set_of(settings.allow).value();
  site.excluded = joined(always_excluded(), address_set_of(settings.exclude).value());
  site.caps = {double(settings.rate_max), double(settings.subnet_rate_max),
               double(settings.host_rate_max)};
  const PortSpan ports = parse_port_range(settings.source_ports).value();
  const auto half = static_cast<uint16_t>(ports.size() / 2);
  site.probe_ports = {ports.first, half};
  site.dial_ports = {static_cast<uint16_t>(ports.first + half), half};
  site.tcp.connections_max = settings.connections_max;
  site.tcp.bytes_max = settings.bytes_max;
  site.tcp.silence_max = settings.silence_max;
  site.tcp.duration_max = settings.duration_max;
  return site;
}

}  // namespace control
