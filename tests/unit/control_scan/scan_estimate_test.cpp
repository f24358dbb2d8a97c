// SPDX-License-Identifier: Apache-2.0
// Against counting by hand: one address after the other.
#include "control/scan/scan_estimate.hpp"

#include "control/config/address_text.hpp"
#include "control/scan/address_ranges.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace control {
namespace {

using dataplane::AddressSet;
using dataplane::TargetSpace;
using dataplane::Uint128;

AddressSet set_of(std::initializer_list<std::string> texts) {
  return address_set_of(std::vector<std::string>(texts)).value();
}

TargetSpace space_of(std::initializer_list<std::string> texts, std::vector<uint16_t> ports) {
  const AddressSet asked = set_of(texts);
  return TargetSpace::make({asked, asked, {}, std::move(ports)}).value();
}

TEST(FullestSubnet, EqualsACountOfEveryAddress) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<dataplane::AddressRange> ranges;
    const Uint128 base = dataplane::number_of({parse_single_address("10.0.0.0").value()});
    for (int i = 0; i < 12; ++i) {
      const Uint128 first = base + random() % 4096;
      ranges.push_back({first, first + random() % 300});
    }
    const AddressSet set(ranges);
    std::map<Uint128, uint64_t> naive;
    for (Uint128 at = base; at < base + 4500; ++at) {
      if (set.contains(at)) ++naive[at & ~Uint128{0xff}];
    }
    uint64_t most = 0;
    for (const auto& [net, count] : naive)
      most = std::max(most, count);
    const auto found = fullest_subnet(set);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->addresses, most);
    EXPECT_EQ(naive[dataplane::number_of(found->first)], most);
  }
}

TEST(FullestSubnet, KnowsBothFamilies) {
  EXPECT_FALSE(fullest_subnet(AddressSet()).has_value());
  EXPECT_EQ(fullest_subnet(set_of({"10.0.0.200-10.0.1.10"}))->addresses, 56u);
  EXPECT_EQ(fullest_subnet(set_of({"10.0.0.0/16"}))->addresses, 256u);
  EXPECT_EQ(fullest_subnet(set_of({"2001:db8::/120", "10.0.0.0/25"}))->addresses, 256u);
  EXPECT_EQ(fullest_subnet(set_of({"2001:db8::/48"}))->addresses, ~uint64_t{0});
  // One range in the set, and yet two kinds of subnets.
  EXPECT_EQ(fullest_subnet(set_of({"255.255.255.0/24", "::1:0:0:0-::1:0:0:1ff"}))->addresses, 512u);
}

TEST(ScanEstimate, CountsPacketsExactly) {
  const TargetSpace space = space_of({"10.0.0.0/24"}, {443, 8443, 25});
  const ScanEstimate estimate = estimate_scan(
      {.space = &space, .listed = 10, .attempts = 3, .dial_attempts = 4, .rate = 100});
  EXPECT_EQ(estimate.addresses, 256u);
  EXPECT_EQ(estimate.ports, 3u);
  EXPECT_EQ(estimate.targets, 768u);
  EXPECT_EQ(estimate.packets_least, 778u);
  EXPECT_EQ(estimate.packets_most, 768u * 3 + 40);
  EXPECT_DOUBLE_EQ(estimate.seconds_least, 7.78);
  EXPECT_DOUBLE_EQ(estimate.seconds_most, 23.44);
  EXPECT_EQ(estimate.bound, EstimateBound::rate);
}

TEST(ScanEstimate, TheSlowestCapDecides) {
  const TargetSpace space = space_of({"10.0.0.0/23"}, {443, 8443});
  EstimateQuestion question{
      .space = &space, .attempts = 2, .wait = std::chrono::seconds(1), .rate = 5000};
  question.caps = {1000, 0, 0};
  ScanEstimate estimate = estimate_scan(question);
  EXPECT_EQ(estimate.bound, EstimateBound::ceiling);
  EXPECT_DOUBLE_EQ(estimate.seconds_most, 512 * 2 * 2 / 1000.0 + 2);
  question.caps.per_subnet = 100;
  estimate = estimate_scan(question);
  EXPECT_EQ(estimate.bound, EstimateBound::subnet);
  EXPECT_DOUBLE_EQ(estimate.seconds_most, 256 * 2 * 2 / 100.0 + 2);
  EXPECT_DOUBLE_EQ(estimate.seconds_least, 256 * 2 / 100.0 + 1);
  question.caps.per_host = 0.1;
  estimate = estimate_scan(question);
  EXPECT_EQ(estimate.bound, EstimateBound::host);
  EXPECT_DOUBLE_EQ(estimate.seconds_most, 2 * 2 / 0.1 + 2);
}

TEST(ScanEstimate, AShardIsOneShare) {
  const TargetSpace space = space_of({"10.0.0.0/24"}, {443});
  const ScanEstimate estimate =
      estimate_scan({.space = &space, .attempts = 1, .rate = 1, .shards = 3});
  EXPECT_EQ(estimate.targets, 256u);
  EXPECT_EQ(estimate.packets_least, 86u);
}

TEST(ScanEstimate, ReadsLikeASentence) {
  const TargetSpace space = space_of({"10.0.0.0/16"}, {443});
  EstimateQuestion question{
      .space = &space, .listed = 3, .attempts = 2, .wait = std::chrono::seconds(1), .rate = 5000};
  question.caps = {1000, 100, 10};
  EXPECT_EQ(estimate_text(question, estimate_scan(question)),
            "targets   65,536 (65,536 addresses at 1 ports) and 3 listed ones\n"
            "packets   65,539 first questions, at most 131,081 where nobody answers\n"
            "rate      1,000 packets per second (5,000 asked for)\n"
            "time      1m 7s where everybody answers, 2m 14s where nobody does\n"
            "limit     the ceiling of all questions (scan.rate_max)\n");
  const TargetSpace small = space_of({"10.0.0.0/24"}, {443});
  question = {.space = &small, .attempts = 2, .rate = 1000};
  question.caps = {1000, 100, 10};
  EXPECT_NE(estimate_text(question, estimate_scan(question))
                .find("limit     one subnet: 256 addresses in 10.0.0.0/24 at 100 a second "
                      "(scan.subnet_rate_max)\n"),
            std::string::npos);
}

TEST(ScanEstimate, HugeSpacesAndNoneAreTold) {
  const TargetSpace space = space_of({"2001:db8::/70"}, {443, 444});
  EstimateQuestion question{.space = &space, .attempts = 16, .rate = 1};
  const ScanEstimate estimate = estimate_scan(question);
  EXPECT_EQ(estimate.targets, uint64_t{1} << 59);
  EXPECT_EQ(estimate.packets_most, uint64_t{1} << 63);
  EXPECT_NE(estimate_text(question, estimate).find("more than 1,000 years"), std::string::npos);
  const ScanEstimate listed = estimate_scan({.listed = 5, .rate = 10});
  EXPECT_EQ(listed.packets_least, 5u);
  EXPECT_EQ(listed.packets_most, 15u);
}

}  // namespace
}  // namespace control
