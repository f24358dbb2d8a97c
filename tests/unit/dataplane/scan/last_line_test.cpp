// SPDX-License-Identifier: Apache-2.0
// Who may be sent anything: against a list of ranges that is read from end to end.
#include "dataplane/scan/last_line.hpp"

#include "dataplane/scan/rate_table.hpp"
#include "tests/support/effort.hpp"
#include "tests/unit/dataplane/scan/scan_lab.hpp"

#include <gtest/gtest.h>

namespace dataplane {
namespace {

bool naive_contains(const std::vector<AddressRange>& ranges, Uint128 address) {
  for (const AddressRange& range : ranges)
    if (range.first <= address && address <= range.last) return true;
  return false;
}

AddressRange v4_prefix(uint8_t a, int bits) {
  return AddressRange::of_prefix(ip4(a, 0, 0, 0), 96 + bits);
}

// RFC 6890, RFC 4291.
const std::vector<AddressRange>& never() {
  static const std::vector<AddressRange> kNever = {
      v4_prefix(0, 8),
      v4_prefix(127, 8),
      v4_prefix(224, 4),
      {number_of(ip4(255, 255, 255, 255)), number_of(ip4(255, 255, 255, 255))},
      {0, 1},
      {Uint128{0xff} << 120, ~Uint128{0}},
      // Ours and the link's broadcast in the sites below.
      {number_of(ip4(10, 0, 0, 1)), number_of(ip4(10, 0, 0, 1))},
      {number_of(ip4(10, 0, 0, 255)), number_of(ip4(10, 0, 0, 255))},
      {number_of(ip6(0, 1)), number_of(ip6(0, 1))}};
  return kNever;
}

class Cases {
 public:
  explicit Cases(uint32_t seed) : random_(seed) {}

  // Near the edges of things, or anywhere.
  Uint128 address() {
    static const std::vector<Uint128> kEdges = {0,
                                                1,
                                                number_of(ip4(0, 0, 0, 0)),
                                                number_of(ip4(10, 0, 0, 0)),
                                                number_of(ip4(10, 0, 0, 255)),
                                                number_of(ip4(127, 0, 0, 0)),
                                                number_of(ip4(224, 0, 0, 0)),
                                                number_of(ip4(240, 0, 0, 0)),
                                                number_of(ip4(255, 255, 255, 255)),
                                                number_of(ip6(0, 0)),
                                                Uint128{0xff} << 120,
                                                ~Uint128{0}};
    switch (random_() % 4) {
      case 0:
        return kEdges[random_() % kEdges.size()] + random_() % 9 - 4;
      case 1:
        return number_of(ip4(10, 0, 0, 0)) + random_() % 512;
      case 2:
        return number_of(ip4(0, 0, 0, 0)) + (random_() & 0xffffffff);
      default:
        return Uint128{random_()} << 64 | random_();
    }
  }
  std::vector<AddressRange> ranges() {
    std::vector<AddressRange> out(random_() % 6);
    for (AddressRange& each : out) {
      each.first = address();
      const Uint128 length = Uint128{1} << (random_() % 128);
      each.last = each.first + length < each.first ? ~Uint128{0} : each.first + length;
    }
    return out;
  }

 private:
  std::mt19937_64 random_;
};

TEST(LastLine, AgreesWithANaiveOracleTenMillionTimes) {
  Cases cases(20261129);
  constexpr uint64_t kSites = 20'000;
  constexpr uint64_t kAddresses = 500;
  uint64_t yes = 0;
  for (uint64_t round = 0; round < tests::effort(kSites); ++round) {
    const auto allowed = cases.ranges();
    const auto excluded = cases.ranges();
    ScanSite site;
    site.addresses = {{ip4(10, 0, 0, 1), 120, {}}, {ip6(0, 1), 64, {}}};
    site.allowed = AddressSet(allowed);
    site.excluded = AddressSet(excluded);
    const AskableV4 askable_v4(site);
    for (uint64_t i = 0; i < kAddresses; ++i) {
      const Uint128 address = cases.address();
      const bool expected = naive_contains(allowed, address) &&
                            !naive_contains(excluded, address) && !naive_contains(never(), address);
      ASSERT_EQ(may_be_asked(site, address_of(address)), expected)
          << static_cast<uint64_t>(address >> 64) << " " << static_cast<uint64_t>(address);
      yes += expected ? 1 : 0;
      if (!address_of(address).is_v4()) continue;
      ASSERT_EQ(askable_v4.contains(static_cast<uint32_t>(address)), expected)
          << static_cast<uint32_t>(address);
    }
  }
  EXPECT_GT(yes, tests::effort(kSites) * kAddresses / 100) << "both answers were tried";
}

// A plan that was made with other rules than the site's.
TEST(LastLine, StopsWhatAPlanWouldSend) {
  ScanLab lab({.allow_all = false});
  lab.begin({.ranges = {AddressRange::of_prefix(ip4(10, 1, 0, 0), 119)}, .attempts = 1});
  ASSERT_TRUE(lab.finish());
  EXPECT_EQ(lab.count(ScanCounter::frames_refused), 256u);
  EXPECT_EQ(lab.sum(&ScanProgress::lost_locally), 256u);
  EXPECT_EQ(lab.syns().size(), 256u);
  for (const ScanLab::Sent& each : lab.syns())
    ASSERT_EQ(each.frame.destination.bytes[14], 0) << "10.1.0.0/24 only";
}

}  // namespace
}  // namespace dataplane
