// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/kernel_addresses.hpp"

#include "control/config/address_text.hpp"
#include "control/export/text_format.hpp"

#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>

#include <array>
#include <memory>

namespace control {
namespace {

using dataplane::OwnAddress;
using dataplane::ScanSite;
using flowtable::Error;
using flowtable::Failure;
using flowtable::IpAddress;
using flowtable::OrError;

// Of an interface's address; empty where it is no IP address.
std::string numeric_text(const sockaddr& address) {
  const bool v4 = address.sa_family == AF_INET;
  if (!v4 && address.sa_family != AF_INET6) return {};
  const socklen_t size = v4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  std::array<char, NI_MAXHOST> text{};
  if (getnameinfo(&address, size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0)
    return {};
  const std::string whole = text.data();
  return whole.substr(0, whole.find('%'));  // without the zone of a link-local one
}

}  // namespace

std::string interface_with(const IpAddress& address) {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> all(first, freeifaddrs);
  for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr) continue;
    const auto found = parse_single_address(numeric_text(*each->ifa_addr));
    if (found && found.value() == address.bytes) return each->ifa_name;
  }
  return {};
}

OrError<void> check_own_addresses(const ScanSite& site) {
  for (const OwnAddress& own : site.addresses) {
    const std::string interface = interface_with(own.address);
    if (interface.empty()) continue;
    const std::string text = text_of(own.address);
    return Failure{Error{"scan.addresses: " + text + " is this machine's own address (" +
                         interface +
                         "): its kernel would answer RST to whoever answers the scanner; name an "
                         "address of that network that nobody uses, or take this one from the "
                         "kernel: ip addr del " +
                         text + " dev " + interface}};
  }
  return {};
}

}  // namespace control
