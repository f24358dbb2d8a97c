// SPDX-License-Identifier: Apache-2.0
#include "control/scan/scan_site.hpp"

#include "control/config/settings_loader.hpp"
#include "tests/unit/control_scan/address_at.hpp"

#include <gtest/gtest.h>

namespace control {
namespace {

dataplane::ScanSite site_of(std::string_view text) {
  const auto loaded = load_settings_text(text, {"t", {}, {false, "/h", "", "", "", "n"}});
  EXPECT_TRUE(loaded.ok()) << (loaded.ok() ? "" : loaded.error().text());
  return scan_site_of(loaded.value().settings.scan);
}

TEST(ScanSite, IsWhatTheSettingsSay) {
  const dataplane::ScanSite site = site_of(
      "scan:\n"
      "  addresses: [10.0.0.2/24, 2001:db8::2/64, 192.168.7.9/30]\n"
      "  gateways: [2001:db8::1, 10.0.0.1]\n"
      "  vlan: 7\n"
      "  allow: [10.0.0.0/8, 127.0.0.0/8]\n"
      "  exclude: [10.66.0.0/16]\n"
      "  rate_max: 5k\n"
      "  source_ports: 50000-50999\n"
      "  bytes_max: 64k\n"
      "  duration_max: 30s\n");
  ASSERT_EQ(site.addresses.size(), 3u);
  EXPECT_EQ(site.addresses[0].address, at("10.0.0.2"));
  EXPECT_EQ(site.addresses[0].prefix_bits, 120);
  EXPECT_EQ(site.addresses[0].gateway, at("10.0.0.1"));
  EXPECT_EQ(site.addresses[1].prefix_bits, 64);
  EXPECT_EQ(site.addresses[1].gateway, at("2001:db8::1"));
  EXPECT_EQ(site.addresses[2].gateway, std::nullopt);
  EXPECT_EQ(site.vlan, 7);
  EXPECT_TRUE(site.allowed.contains(at("10.66.0.1")));
  EXPECT_TRUE(site.excluded.contains(at("10.66.0.1")));
  EXPECT_TRUE(site.excluded.contains(at("127.0.0.1")));
  EXPECT_FALSE(site.excluded.contains(at("10.0.0.1")));
  EXPECT_EQ(site.caps.all, 5000);
  EXPECT_EQ(site.caps.per_subnet, 100);
  EXPECT_EQ(site.caps.per_host, 10);
  EXPECT_EQ(site.probe_ports.first, 50000);
  EXPECT_EQ(site.probe_ports.count, 500);
  EXPECT_EQ(site.dial_ports.first, 50500);
  EXPECT_EQ(site.dial_ports.count, 500);
  EXPECT_EQ(site.tcp.bytes_max, 64'000u);
  EXPECT_EQ(site.tcp.duration_max, std::chrono::seconds(30));
}

TEST(ScanSite, WithoutSettingsAllowsNothing) {
  const dataplane::ScanSite site = site_of("");
  EXPECT_TRUE(site.allowed.empty());
  EXPECT_TRUE(site.addresses.empty());
  EXPECT_EQ(site.vlan, std::nullopt);
  EXPECT_EQ(site.dial_ports.first, site.probe_ports.first + site.probe_ports.count);
}

}  // namespace
}  // namespace control
