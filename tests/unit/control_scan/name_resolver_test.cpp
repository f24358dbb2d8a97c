// SPDX-License-Identifier: Apache-2.0
#include "control/scan/name_resolver.hpp"

#include "tests/unit/control_scan/address_at.hpp"

#include <gtest/gtest.h>

#include <map>

namespace control {
namespace {

using flowtable::IpAddress;

// A table for the network's names.
class TableResolver final : public NameResolver {
 public:
  NameAnswer resolve(const std::string& name) override {
    ++asked[name];
    const auto found = table.find(name);
    if (found == table.end()) return {{}, "Name or service not known"};
    return {found->second, ""};
  }
  std::map<std::string, std::vector<IpAddress>> table;
  std::map<std::string, int> asked;
};

TEST(NameResolver, EveryAddressOfANameIsATargetWithThatName) {
  TableResolver resolver;
  resolver.table["a.example"] = {at("10.0.0.2"), at("2001:db8::2"), at("10.0.0.2")};
  const std::vector<NamedTarget> list{{"a.example", {}, {}},
                                      {"a.example", {}, 8443},
                                      {"b.example", {}, 25},
                                      {"", at("10.0.0.9"), 443}};
  const ResolvedTargets out = resolve_targets(list, resolver, false);
  const std::vector<ResolvedTarget> expected{{at("10.0.0.2"), "a.example", {}},
                                             {at("10.0.0.2"), "a.example", 8443},
                                             {at("10.0.0.9"), "", 443},
                                             {at("2001:db8::2"), "a.example", {}},
                                             {at("2001:db8::2"), "a.example", 8443}};
  // 10.0.0.2 in its mapped form lies before 2001:db8::2.
  EXPECT_EQ(out.targets, expected);
  ASSERT_EQ(out.unresolved.size(), 1u);
  EXPECT_EQ(out.unresolved[0].name, "b.example");
  EXPECT_EQ(out.unresolved[0].port, 25);
  EXPECT_EQ(out.unresolved[0].why, "Name or service not known");
  EXPECT_EQ(resolver.asked["a.example"], 1);
}

TEST(NameResolver, StopLeavesTheRestUnresolvedByName) {
  TableResolver resolver;
  resolver.table["a.example"] = {at("10.0.0.2")};
  const std::vector<NamedTarget> list{{"a.example", {}, {}}, {"", at("10.0.0.9"), 443}};
  const ResolvedTargets out = resolve_targets(list, resolver, true);
  EXPECT_TRUE(resolver.asked.empty());
  ASSERT_EQ(out.unresolved.size(), 1u);
  EXPECT_EQ(out.unresolved[0].why, "the scan was stopped before it was asked");
  EXPECT_EQ(out.targets.size(), 1u);
}

TEST(SystemResolver, KnowsThisMachineAndNotWhatCannotBe) {
  SystemResolver resolver;
  const NameAnswer here = resolver.resolve("localhost");
  ASSERT_FALSE(here.addresses.empty()) << here.error;
  for (const IpAddress& address : here.addresses)
    EXPECT_TRUE(address == at("127.0.0.1") || address == at("::1"));
  // RFC 6761 section 6.4: never resolves. A label that is too long needs no network to fail.
  const NameAnswer nowhere = resolver.resolve(std::string(64, 'a') + ".invalid");
  EXPECT_TRUE(nowhere.addresses.empty());
  EXPECT_FALSE(nowhere.error.empty());
}

}  // namespace
}  // namespace control
