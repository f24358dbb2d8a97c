// SPDX-License-Identifier: Apache-2.0
#include "dataplane/port.hpp"

#include "dataplane/hugepages.hpp"
#include "dataplane/steering_mesh.hpp"
#include "tests/unit/dataplane/poll/poll_fixture.hpp"

#include <gtest/gtest.h>

namespace dataplane {
namespace {

std::string error_of(const std::string& text) {
  const auto specs = parse_port_specs(std::vector{text});
  if (!specs) return specs.error().message;
  const auto port = Port::open(specs.value()[0], {});
  return port ? "" : port.error().message;
}

TEST(Port, SaysWhatIsNotThere) {
  EXPECT_NE(error_of("iface:nosuch0").find("no interface nosuch0 here"), std::string::npos);
  EXPECT_NE(error_of("pcap:/nonexistent/a.pcap").find("/nonexistent/a.pcap: no such file"),
            std::string::npos);
  EXPECT_NE(error_of("pcap:/etc/passwd").find("is a text file"), std::string::npos);
  EXPECT_NE(error_of("0000:ff:1f.7").find("no such device for DPDK"), std::string::npos);
}

TEST(Port, CanBeOpenedAgainAfterItWasClosed) {
  for (int i = 0; i < 3; ++i) {
    const auto specs = parse_port_specs(std::vector<std::string>{"net_null"});
    auto port = Port::open(specs.value()[0], {});
    ASSERT_TRUE(port.ok()) << port.error().message;
    ASSERT_TRUE(port.value()->configure({}).ok());
    ASSERT_TRUE(port.value()->start().ok());
    EXPECT_EQ(port.value()->driver(), "net_null");
  }
}

TEST(Eal, RefusesCpusThatAreNotOurs) {
  EalOptions options;
  options.cores = {100'000};
  const auto started = Eal::start(options);
  ASSERT_FALSE(started.ok());
  EXPECT_NE(started.error().message.find("cores: CPU 100000 is not ours to use"),
            std::string::npos);
}

TEST(Hugepages, SayHowManyToReserve) {
  const HugepageCount count{.free_mb = 100, .page_kb = 2048, .num_pages = 256};
  EXPECT_EQ(hugepages_to_reserve(count, 100), 256U);
  EXPECT_EQ(hugepages_to_reserve(count, 101), 257U);
  EXPECT_EQ(hugepages_to_reserve(count, 512), 256U + 206U);
}

TEST(Hugepages, AreRefusedByNameWhereThereAreTooFew) {
  EalOptions options;
  options.hugepages = Hugepages::yes;
  options.memory_mb = 1U << 30;
  options.cores = {0};
  const auto started = Eal::start(options);
  ASSERT_FALSE(started.ok());
  EXPECT_NE(started.error().message.find("MB wanted: sysctl vm.nr_hugepages="), std::string::npos)
      << started.error().message;
}

TEST(MbufsNeeded, CountsEveryPlaceAndRoundsUp) {
  const MbufDemand demand{.rx_descriptors = 1024, .tx_descriptors = 0, .in_mesh = 2048, .cores = 2};
  const uint32_t mbufs = mbufs_needed(demand);
  EXPECT_GE(mbufs, 1024 + 2048 + 2 * (64 + 256 + 128));
  EXPECT_EQ(mbufs & (mbufs + 1), 0U) << mbufs;
}

TEST(MeshCapacity, StaysBounded) {
  for (uint16_t cores = 1; cores <= 64; ++cores) {
    EXPECT_GE(mesh_capacity(cores), cores == 1 ? 1 : 128);
    const size_t least = size_t{cores} * (cores - 1U) * 128;
    EXPECT_LE(mesh_items_max(cores), std::max<size_t>(2 * 16384, least)) << cores;
  }
}

}  // namespace
}  // namespace dataplane
