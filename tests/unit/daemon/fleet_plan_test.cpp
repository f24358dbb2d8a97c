// SPDX-License-Identifier: Apache-2.0
// How a scan is cut up for those who may ask its parts.
#include "control/daemon/fleet_plan.hpp"

#include "control/scan/address_ranges.hpp"
#include "control/scan/scan_targets.hpp"

#include <gtest/gtest.h>

#include <random>

namespace control {
namespace {

using dataplane::AddressSet;

AddressSet set_of(const std::vector<std::string>& texts) {
  return address_set_of(texts).value();
}

ScanSpec spec_of(std::vector<std::string> targets, uint32_t rate = 1000) {
  ScanSpec out;
  out.targets = std::move(targets);
  out.ports = "443";
  out.rate = rate;
  out.seed = 5;
  return out;
}

AddressSet zone_of(const FleetJob::Zone& zone) {
  const TargetText whole{zone.addresses};
  return parse_scan_targets({&whole, 1}).value().sweep;
}

std::string error_of(const ScanSpec& spec) {
  const std::vector<AddressSet> all{set_of({"10.0.0.0/8"})};
  const auto plan = plan_fleet(spec, all);
  return plan ? "" : plan.error().message;
}

TEST(FleetPlan, IsOnePieceWhereAllMayAskTheSame) {
  const std::vector<AddressSet> all{set_of({"10.0.0.0/8"}), set_of({"10.0.0.0/8"})};
  ScanSpec spec = spec_of({"10.1.0.0/16"});
  spec.exclude = {"10.1.255.0/24"};
  spec.ports = "443,8443";
  const auto plan = plan_fleet(spec, all);
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan.value().zones.size(), 1u);
  EXPECT_EQ(plan.value().zones[0].addresses, "10.1.0.0-10.1.254.255");
  EXPECT_EQ(plan.value().zones[0].targets, 2u * 65'280);
  EXPECT_EQ(plan.value().targets, 2u * 65'280);
  EXPECT_EQ(plan.value().addresses, 65'280u);
  EXPECT_EQ(plan.value().left_out, 0u) << "what the scan excludes is not asked for";
  EXPECT_EQ(plan.value().barred, "");
}

// The model: who may ask an address is who may ask its zone, for all addresses; the rest is barred.
TEST(FleetPlan, CutsByWhoMayAsk) {
  std::mt19937 random(3);
  for (int round = 0; round < 50; ++round) {
    std::vector<AddressSet> askable;
    const auto members = 1 + random() % 4;
    for (uint32_t member = 0; member < members; ++member) {
      std::vector<std::string> texts;
      for (int i = 0; i < 2; ++i) {
        const auto first = static_cast<uint32_t>(random() % 200);
        texts.push_back("10.0.0." + std::to_string(first) + "-10.0.0." +
                        std::to_string(first + random() % (256 - first)));
      }
      askable.push_back(set_of(texts));
    }
    const auto plan = plan_fleet(spec_of({"10.0.0.0/24", "10.0.1.7"}), askable);
    ASSERT_TRUE(plan.ok()) << plan.error().message;
    uint64_t barred = 0;
    std::vector<AddressSet> zones;
    for (const FleetJob::Zone& each : plan.value().zones)
      zones.push_back(zone_of(each));
    for (uint32_t number = 0; number < 256; ++number) {
      const auto address = dataplane::address_of(set_of({"10.0.0.0"}).ranges()[0].first + number);
      const bool may = std::ranges::any_of(
          askable, [&](const AddressSet& each) { return each.contains(address); });
      int in_zones = 0;
      for (const AddressSet& zone : zones) {
        if (!zone.contains(address)) continue;
        ++in_zones;
        for (const AddressSet& each : askable)
          EXPECT_EQ(each.contains(address), zone.without(each).empty()) << "a whole zone or none";
      }
      EXPECT_EQ(in_zones, may ? 1 : 0);
      if (!may) ++barred;
    }
    EXPECT_EQ(plan.value().left_out, barred + 1);
  }
}

TEST(FleetPlan, TellsTheFirstOfThoseThatNobodyMayAsk) {
  const std::vector<AddressSet> all{
      set_of({"10.0.1.0/24", "10.0.3.0/24", "10.0.5.0/24", "10.0.7.0/24"})};
  const auto plan = plan_fleet(spec_of({"10.0.0.0/21"}), all);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan.value().left_out, 1024u);
  EXPECT_EQ(plan.value().barred, "10.0.0.0-10.0.0.255 10.0.2.0-10.0.2.255 10.0.4.0-10.0.4.255 …");
}

TEST(FleetPlan, CutsLargeOnesFinerThanSmallOnes) {
  const std::vector<AddressSet> all{set_of({"10.0.0.0/8"})};
  const auto shards = [&](const char* network, uint32_t rate) {
    return plan_fleet(spec_of({network}, rate), all).value().zones[0].shards;
  };
  EXPECT_EQ(shards("10.0.0.0/8", 1000), kFleetShardsMax);
  EXPECT_EQ(shards("10.0.0.0/16", 1000), 16u);
  EXPECT_EQ(shards("10.0.0.0/16", 250), 65u);
  EXPECT_EQ(shards("10.0.0.0/24", 1000), 4u);
  EXPECT_EQ(shards("10.0.0.1", 1000), 1u);
}

TEST(FleetPlan, SaysWhatCannotBeShared) {
  EXPECT_EQ(error_of(spec_of({"10.0.0.0/24"})), "");
  EXPECT_NE(error_of(spec_of({"10.0.0.0/24", "www.example"})).find("names and address:port"),
            std::string::npos);
  EXPECT_NE(error_of(spec_of({"10.0.0.1:443"})).find("names and address:port"), std::string::npos);
  EXPECT_NE(error_of(spec_of({"11.0.0.0/24"})).find("no scanner of the fleet may ask any"),
            std::string::npos);
  EXPECT_NE(error_of(spec_of({})).find("no target is named"), std::string::npos);
  EXPECT_NE(error_of(spec_of({"10.0.0.0/33"})), "");
  ScanSpec spec = spec_of({"10.0.0.0/24"});
  spec.exclude = {"www.example"};
  EXPECT_EQ(error_of(spec), "");
  spec.exclude = {"10.0.0.0/99"};
  EXPECT_NE(error_of(spec).find("exclude: "), std::string::npos);
  spec = spec_of({"10.0.0.0/24"});
  spec.udp = true;
  EXPECT_NE(error_of(spec).find("--udp and --shard"), std::string::npos);
  spec = spec_of({"10.0.0.0/24"});
  spec.shards = 2;
  EXPECT_NE(error_of(spec).find("--udp and --shard"), std::string::npos);
  spec = spec_of({"10.0.0.0/24"});
  spec.ports = "nothing";
  EXPECT_NE(error_of(spec), "");
}

TEST(FleetPlan, BoundsItsPiecesAndTheirTexts) {
  std::vector<AddressSet> many;
  for (int i = 0; i < 70; ++i)
    many.push_back(set_of({"10.0.0." + std::to_string(i)}));
  const auto plan = plan_fleet(spec_of({"10.0.0.0/24"}), many);
  ASSERT_FALSE(plan.ok());
  EXPECT_NE(plan.error().message.find("70 pieces, more than 64"), std::string::npos);
  ScanSpec spec = spec_of({});
  for (uint32_t i = 0; i < 90'000; ++i) {
    spec.list += "10." + std::to_string(i >> 15) + "." + std::to_string(i >> 7 & 255) + "." +
                 std::to_string((i & 127) * 2) + "\n";
  }
  EXPECT_NE(error_of(spec).find("too many pieces (90000 ranges)"), std::string::npos);
}

TEST(FleetPlan, ARangeIsAShardOfTheSameOrderEverywhere) {
  FleetScan scan;
  scan.id = 12;
  scan.seed = 99;
  ScanSpec spec = spec_of({"10.0.0.0/8", "10.9.0.1"});
  spec.list = "10.77.0.0/16";
  spec.exclude = {"10.1.0.0/16"};
  spec.wish.jarm = true;
  scan.spec = to_text(scan_arguments(spec));
  const auto arguments =
      range_arguments(scan, {.addresses = "10.2.0.0-10.2.0.9", .targets = 10, .shards = 8}, 7);
  ASSERT_TRUE(arguments.ok());
  ScanDefaults defaults;
  defaults.rate_max = 100;
  const auto read = read_scan_spec(arguments.value(), defaults);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().targets, std::vector<std::string>{"10.2.0.0-10.2.0.9"});
  EXPECT_EQ(read.value().list, "");
  EXPECT_EQ(read.value().exclude, spec.exclude);
  EXPECT_EQ(read.value().shard, 8u);
  EXPECT_EQ(read.value().shards, 8u);
  EXPECT_EQ(read.value().seed, 99u);
  EXPECT_EQ(read.value().rate, 100u) << "its own ceiling";
  EXPECT_EQ(read.value().fleet_scan, 12);
  EXPECT_TRUE(read.value().wish.jarm);
  EXPECT_EQ(scan_arguments(read.value())["fleet_scan"], 12);
  scan.spec = "broken";
  EXPECT_FALSE(range_arguments(scan, {}, 0).ok());
}

}  // namespace
}  // namespace control
