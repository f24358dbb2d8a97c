// SPDX-License-Identifier: Apache-2.0
// Which addresses a scan may ask, against a set that holds each one.
#include "dataplane/scan/target_space.hpp"

#include "dataplane/scan/target_order.hpp"
#include "tests/support/effort.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace dataplane {
namespace {

using flowtable::Bytes;
using flowtable::Endpoint;
using flowtable::IpAddress;

IpAddress v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
  const std::array<uint8_t, 4> bytes = {a, b, c, d};
  return IpAddress::from_bytes(bytes);
}

IpAddress v6(uint16_t last) {
  IpAddress out;
  out.bytes[0] = 0x20;
  out.bytes[1] = 0x01;
  out.bytes[14] = static_cast<uint8_t>(last >> 8);
  out.bytes[15] = static_cast<uint8_t>(last);
  return out;
}

AddressSet set_of(std::initializer_list<AddressRange> ranges) {
  return AddressSet(std::vector<AddressRange>(ranges));
}

TEST(AddressRange, OfAPrefixBeginsAndEndsWithIt) {
  const AddressRange net = AddressRange::of_prefix(v4(10, 1, 2, 3), 96 + 16);
  EXPECT_EQ(address_of(net.first), v4(10, 1, 0, 0));
  EXPECT_EQ(address_of(net.last), v4(10, 1, 255, 255));
  EXPECT_EQ(AddressRange::of_prefix(v4(1, 2, 3, 4), 128).first,
            AddressRange::of_prefix(v4(1, 2, 3, 4), 128).last);
  const AddressRange all = AddressRange::of_prefix(v6(1), 0);
  EXPECT_TRUE(all.first == 0 && all.last == ~Uint128{0});
}

TEST(AddressSet, TheWholeOfIt) {
  const AddressSet all = set_of({AddressRange::of_prefix(v6(1), 0)});
  EXPECT_TRUE(all.contains(v4(0, 0, 0, 0)));
  EXPECT_TRUE(all.contains(~Uint128{0}));
  EXPECT_TRUE(all.without(all).empty());
  EXPECT_EQ(all.intersected(all).ranges().size(), 1u);
  const AddressSet rest = all.without(set_of({{5, 5}, {~Uint128{0}, ~Uint128{0}}, {0, 0}}));
  EXPECT_FALSE(rest.contains(Uint128{5}) || rest.contains(Uint128{0}) ||
               rest.contains(~Uint128{0}));
  EXPECT_TRUE(rest.contains(Uint128{1}) && rest.contains(Uint128{6}) &&
              rest.contains(~Uint128{0} - 1));
}

// Random sets over few addresses, so that ranges touch, overlap and hold each other all the time.
class AddressSets : public testing::Test {
 protected:
  static constexpr uint32_t kAddresses = 64;
  struct Both {
    AddressSet ours;
    std::set<uint32_t> model;
  };
  Both random_set() {
    Both both;
    std::vector<AddressRange> ranges;
    for (auto i = random_() % 6; i > 0; --i) {
      const auto first = static_cast<uint32_t>(random_() % kAddresses);
      const auto last = static_cast<uint32_t>(std::min(first + random_() % 12, kAddresses - 1ul));
      ranges.push_back({first, last});
      for (uint32_t address = first; address <= last; ++address)
        both.model.insert(address);
    }
    both.ours = AddressSet(ranges);
    return both;
  }
  std::mt19937 random_{1};
};

TEST_F(AddressSets, AgreeWithASetOfEach) {
  for (int round = 0; round < 20'000; ++round) {
    const Both a = random_set(), b = random_set();
    const AddressSet both = a.ours.intersected(b.ours), only = a.ours.without(b.ours);
    for (uint32_t address = 0; address < kAddresses; ++address) {
      ASSERT_EQ(a.ours.contains(Uint128{address}), a.model.contains(address));
      ASSERT_EQ(both.contains(Uint128{address}),
                a.model.contains(address) && b.model.contains(address));
      ASSERT_EQ(only.contains(Uint128{address}),
                a.model.contains(address) && !b.model.contains(address));
    }
    for (const AddressSet* set : {&a.ours, &both, &only}) {
      for (size_t i = 1; i < set->ranges().size(); ++i)
        ASSERT_GT(set->ranges()[i].first, set->ranges()[i - 1].last + 1) << "as few as can be";
    }
  }
}

// What may be sent against the plainest oracle: ten million random cases of allow list, deny list
// and target, each answered by the space, and again by the sets that are asked before each packet.
TEST(TargetSpace, AsksNothingThatIsNotAllowed) {
  std::mt19937 random(20261123);
  uint64_t cases = 0, allowed_cases = 0;
  while (cases < tests::effort(10'000'000u)) {
    std::array<std::vector<AddressRange>, 3> lists;  // asked, allowed, excluded
    for (std::vector<AddressRange>& list : lists) {
      for (auto i = random() % 4; i > 0; --i)
        list.push_back(AddressRange::of_prefix(
            v4(10, 0, static_cast<uint8_t>(random() % 2), static_cast<uint8_t>(random())),
            static_cast<int>(96 + 23 + random() % 10)));
    }
    const auto holds = [](const std::vector<AddressRange>& list, Uint128 address) {
      return std::ranges::any_of(list, [&](const AddressRange& range) {
        return range.first <= address && address <= range.last;
      });
    };
    const AddressSet allowed(lists[1]), excluded(lists[2]);
    const auto space = TargetSpace::make({AddressSet(lists[0]), allowed, excluded, {443}});
    const Uint128 first = number_of(v4(10, 0, 0, 0));
    uint64_t expected = 0;
    for (Uint128 address = first; address < first + 512; ++address) {
      const bool may = holds(lists[1], address) && !holds(lists[2], address);
      ASSERT_EQ(may, allowed.contains(address) && !excluded.contains(address));
      const bool asked = may && holds(lists[0], address);
      expected += asked ? 1 : 0;
      ASSERT_EQ(asked, space.ok() && space.value().addresses().contains(address));
    }
    ASSERT_EQ(space.ok() ? space.value().size() : 0, expected);
    for (uint64_t i = 0; i < expected; ++i) {
      const Uint128 address = number_of(space.value().at(i).address);
      ASSERT_TRUE(holds(lists[0], address) && holds(lists[1], address) &&
                  !holds(lists[2], address));
    }
    cases += 512;
    allowed_cases += expected;
  }
  EXPECT_GT(allowed_cases, tests::effort(400'000u));
}

TEST(TargetSpace, NumbersEachPairOnce) {
  const auto space =
      TargetSpace::make({set_of({AddressRange::of_prefix(v4(192, 168, 7, 0), 120),
                                 {number_of(v6(5)), number_of(v6(9))},
                                 AddressRange::of_prefix(v4(10, 0, 0, 1), 128)}),
                         set_of({{0, ~Uint128{0}}}),
                         set_of({AddressRange::of_prefix(v4(192, 168, 7, 128), 121)}),
                         {443, 25, 443, 8443, 0}});
  ASSERT_TRUE(space.ok());
  ASSERT_EQ(space.value().size(), (128u + 5 + 1) * 3);
  std::set<Endpoint> seen;
  for (uint64_t i = 0; i < space.value().size(); ++i)
    seen.insert(space.value().at(i));
  EXPECT_EQ(seen.size(), space.value().size());
  EXPECT_TRUE(seen.contains({v4(10, 0, 0, 1), 25}));
  EXPECT_TRUE(seen.contains({v6(9), 8443}));
  EXPECT_TRUE(seen.contains({v4(192, 168, 7, 127), 443}));
  EXPECT_FALSE(seen.contains({v4(192, 168, 7, 128), 443}));
}

TEST(TargetSpace, RefusesByName) {
  const AddressSet all = set_of({{0, ~Uint128{0}}});
  const AddressSet one = set_of({AddressRange::of_prefix(v4(10, 0, 0, 1), 128)});
  const auto why = [](const TargetSpace::Parts& parts) { return TargetSpace::make(parts).error(); };
  EXPECT_EQ(why({one, {}, {}, {443}}), TargetSpaceError::nothing_allowed);
  EXPECT_EQ(why({one, all, all, {443}}), TargetSpaceError::no_addresses);
  EXPECT_EQ(why({{}, all, {}, {443}}), TargetSpaceError::no_addresses);
  EXPECT_EQ(why({one, all, {}, {0}}), TargetSpaceError::no_ports);
  EXPECT_EQ(why({all, all, {}, {443}}), TargetSpaceError::too_many);
  // A /64 alone is too much for anybody; a /70 with one port is not.
  const auto prefix = [&](int bits) { return set_of({AddressRange::of_prefix(v6(0), bits)}); };
  EXPECT_EQ(why({prefix(64), all, {}, {443}}), TargetSpaceError::too_many);
  EXPECT_TRUE(TargetSpace::make({prefix(70), all, {}, {443}}).ok());
  EXPECT_EQ(why({prefix(66), all, {}, {443, 25}}), TargetSpaceError::too_many);
}

}  // namespace
}  // namespace dataplane
