// SPDX-License-Identifier: Apache-2.0
#include "dataplane/port_spec.hpp"

#include <gtest/gtest.h>

namespace dataplane {
namespace {

std::vector<PortSpec> parsed(const std::vector<std::string>& texts) {
  auto specs = parse_port_specs(texts);
  if (specs) return std::move(specs).value();
  ADD_FAILURE() << specs.error().message;
  return {};
}

void expect_error(const std::vector<std::string>& texts, const std::string& words) {
  const auto specs = parse_port_specs(texts);
  ASSERT_FALSE(specs.ok()) << texts.back();
  const std::string& message = specs.error().message;
  EXPECT_TRUE(message.starts_with("port \"" + texts.back() + "\": ")) << message;
  EXPECT_NE(message.find(words), std::string::npos) << message;
}

TEST(PortSpec, ReadsPciAddresses) {
  const auto ports = parsed({"0000:3b:00.0", "3B:00.1", "0001:af:1f.7,mprq_en=1"});
  ASSERT_EQ(ports.size(), 3U);
  EXPECT_EQ(ports[0].device, "0000:3b:00.0");
  EXPECT_EQ(ports[1].device, "0000:3b:00.1");
  EXPECT_EQ(ports[0].vdev, nullptr);
  EXPECT_EQ(pci_devices(ports),
            (std::vector<std::string>{"0000:3b:00.0", "0000:3b:00.1", "0001:af:1f.7,mprq_en=1"}));
}

TEST(PortSpec, RefusesWhatIsAlmostAPciAddress) {
  for (const char* text : {"0000:3b:00", "0000:3b:00.8", "3b:00", "0000:3b:0.0", "00000:3b:00.0"})
    expect_error({text}, "is no PCI address: write it like 0000:3b:00.0");
}

TEST(PortSpec, ReadsVirtualDevicesAndNumbersThem) {
  const auto ports = parsed({"net_af_packet,iface=mirror0", "net_pcap7,rx_pcap=a.pcap",
                             "net_pcap,rx_pcap=b.pcap,rx_pcap=c.pcap", "net_null"});
  ASSERT_EQ(ports.size(), 4U);
  EXPECT_EQ(ports[0].device, "net_af_packet0");
  EXPECT_EQ(ports[1].device, "net_pcap0");
  EXPECT_EQ(ports[2].device, "net_pcap1");
  EXPECT_EQ(ports[3].device, "net_null0");
  EXPECT_EQ(ports[0].arguments, "iface=mirror0");
  EXPECT_EQ(ports[0].argument("iface"), "mirror0");
  EXPECT_EQ(ports[0].argument("qpairs"), "");
  EXPECT_EQ(ports[2].all_arguments("rx_pcap"), (std::vector<std::string>{"b.pcap", "c.pcap"}));
  EXPECT_TRUE(pci_devices(ports).empty());
}

TEST(PortSpec, KnowsAliases) {
  const auto ports = parsed({"iface:mirror0,qpairs=2", "pcap:/tmp/some.pcap", "tap:tls0"});
  ASSERT_EQ(ports.size(), 3U);
  EXPECT_EQ(ports[0].device, "net_af_packet0");
  EXPECT_EQ(ports[0].arguments, "iface=mirror0,qpairs=2");
  EXPECT_EQ(ports[1].arguments, "rx_pcap=/tmp/some.pcap");
  EXPECT_EQ(ports[1].text, "pcap:/tmp/some.pcap");
  EXPECT_EQ(ports[2].device, "net_tap0");
}

TEST(PortSpec, NamesTheNearestDriver) {
  expect_error({"net_af_paket,iface=eth0"}, "did you mean net_af_packet?");
  expect_error({"net_nul"}, "did you mean net_null?");
  expect_error({"ifaec:eth0"}, "did you mean iface?");
  expect_error({"net_null", "net_rign"}, "did you mean net_ring?");
}

TEST(PortSpec, NamesWhatIsMissing) {
  expect_error({"net_af_packet"}, "needs iface=");
  expect_error({"net_af_packet,iface="}, "needs iface=");
  expect_error({"pcap:"}, "names nothing");
  expect_error({""}, "is empty");
}

TEST(PortSpec, RefusesADeviceNamedTwice) {
  expect_error({"iface:eth0", "net_af_packet,iface=eth0"}, "is the same device as \"iface:eth0\"");
  expect_error({"0000:3b:00.0", "3b:00.0"}, "is the same device");
}

}  // namespace
}  // namespace dataplane
