// SPDX-License-Identifier: Apache-2.0
#include "control/scan/scan_ports.hpp"

#include <gtest/gtest.h>
#include <netdb.h>

#include <algorithm>
#include <numeric>
#include <string>

namespace control {
namespace {

using Ports = std::vector<uint16_t>;

Ports ports_of(std::string_view text) {
  const auto ports = parse_scan_ports(text);
  EXPECT_TRUE(ports.ok()) << text << (ports.ok() ? "" : ports.error().message);
  return ports.ok() ? ports.value() : Ports{};
}

Ports from_to(uint16_t first, uint16_t last) {
  Ports out(size_t{last} - first + 1);
  std::iota(out.begin(), out.end(), first);
  return out;
}

TEST(ScanPorts, NumbersAndRangesAreSortedAndDistinct) {
  EXPECT_EQ(ports_of("8443,443, 440-445 443"), (Ports{440, 441, 442, 443, 444, 445, 8443}));
  EXPECT_EQ(ports_of("65535"), Ports{65535});
  EXPECT_EQ(ports_of("-3"), (Ports{1, 2, 3}));
  EXPECT_EQ(ports_of("65534-"), (Ports{65534, 65535}));
  EXPECT_EQ(ports_of("all"), from_to(1, 65535));
  EXPECT_EQ(ports_of("-"), from_to(1, 65535));
}

// spec/starttls.md 5.1 to 5.17.
TEST(ScanPorts, NamesMeanTheUsualPorts) {
  EXPECT_EQ(ports_of("smtp"), (Ports{25, 587, 2525}));
  EXPECT_EQ(ports_of("IMAP,ldap"), (Ports{143, 220, 389, 3268}));
  EXPECT_EQ(ports_of("https"), Ports{443});
  const Ports tls = ports_of("tls");
  for (const int port : {443,  465,  563,  636,  853,  989,  990,   992,  993,  994,  995,  2083,
                         2087, 2096, 2376, 2484, 3269, 4433, 4911,  5061, 5349, 5671, 5986, 6380,
                         6443, 8140, 8443, 8883, 9093, 9443, 16379, 25,   110,  143,  21,   389,
                         5222, 5269, 119,  4190, 6667, 5432, 3306,  1433, 3389, 5900, 23})
    EXPECT_TRUE(std::binary_search(tls.begin(), tls.end(), port)) << port;
  EXPECT_FALSE(std::binary_search(tls.begin(), tls.end(), 80));
  EXPECT_FALSE(std::binary_search(tls.begin(), tls.end(), 22));
}

TEST(ScanPorts, EveryNameThatIsShownIsUnderstood) {
  const std::vector<std::string_view> names = scan_port_names();
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  for (const std::string_view name : names)
    EXPECT_FALSE(ports_of(name).empty()) << name;
}

// The system's own list of services, where it knows the name.
TEST(ScanPorts, AgreeWithEtcServices) {
  int compared = 0;
  for (const char* name : {"https", "imaps", "pop3s", "ldaps", "ftps", "telnets", "amqps",
                           "submissions", "submission", "nntps", "ftps-data"}) {
    const servent* const service = getservbyname(name, "tcp");
    if (service == nullptr) continue;
    ++compared;
    EXPECT_EQ(ports_of(name), Ports{ntohs(static_cast<uint16_t>(service->s_port))}) << name;
  }
  if (compared == 0) GTEST_SKIP() << "no /etc/services here";
}

TEST(ScanPorts, ErrorsNameTheNearest) {
  const auto message = [](std::string_view text) {
    const auto ports = parse_scan_ports(text);
    return ports.ok() ? "accepted" : ports.error().message;
  };
  EXPECT_EQ(
      message("443,httsp"),
      "`httsp`: names no port; did you mean `https`? (443, 1-1024, all, tls, smtp, https, …)");
  EXPECT_EQ(message("xyzzy"), "`xyzzy`: names no port (443, 1-1024, all, tls, smtp, https, …)");
  EXPECT_EQ(message("0"),
            "`0`: is no port or range of ports from 1 to 65535 (443, 1-1024, all, tls, smtp, "
            "https, …)");
  for (const char* wrong : {"65536", "2-1", "1-2-3", "443-x", "0-5", "--", "-0"})
    EXPECT_NE(message(wrong), "accepted") << wrong;
  EXPECT_EQ(message(" , "), "no port is named: write 443, 1-1024, all, tls, smtp, https, …");
}

}  // namespace
}  // namespace control
