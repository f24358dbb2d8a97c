// SPDX-License-Identifier: Apache-2.0
#include "control/scan/scan_targets.hpp"

#include "control/config/address_text.hpp"
#include "control/scan/address_ranges.hpp"

#include <gtest/gtest.h>

#include <random>

namespace control {
namespace {

using flowtable::IpAddress;

flowtable::OrError<ScanTargets> parse(std::string_view text, std::string_view file = "") {
  const TargetText one{text, file};
  return parse_scan_targets({&one, 1});
}

std::string sweep_of(std::string_view text) {
  const auto targets = parse(text);
  if (!targets.ok()) return targets.error().message;
  std::string out;
  for (const dataplane::AddressRange& range : targets.value().sweep.ranges()) {
    if (!out.empty()) out += ' ';
    out += address_text(dataplane::address_of(range.first).bytes);
    if (range.first != range.last)
      out += "-" + address_text(dataplane::address_of(range.last).bytes);
  }
  return out;
}

std::string list_of(std::string_view text) {
  const auto targets = parse(text);
  if (!targets.ok()) return targets.error().message;
  std::string out;
  for (const NamedTarget& each : targets.value().list) {
    if (!out.empty()) out += ' ';
    out += each.address.has_value() ? address_text(each.address->bytes) : each.name;
    if (each.port.has_value()) out += " " + std::to_string(*each.port);
    out += ";";
  }
  return out;
}

TEST(ScanTargets, SeparateAndJoinPieces) {
  EXPECT_EQ(sweep_of("10.0.0.0/24, 10.0.1.0/24\t10.0.0.7\n192.168.0.1"),
            "10.0.0.0-10.0.1.255 192.168.0.1");
  EXPECT_EQ(sweep_of("10.0.0.5-9,10.0.0-1.20"), "10.0.0.5-10.0.0.9 10.0.0.20 10.0.1.20");
  EXPECT_EQ(sweep_of("2001:db8::/126 2001:db8::4"), "2001:db8::-2001:db8::4");
  EXPECT_EQ(sweep_of(""), "");
}

TEST(ScanTargets, CommentsAndBlankLinesAreNothing) {
  EXPECT_EQ(sweep_of("# a list\r\n\r\n10.0.0.1 # the gateway, 10.9.9.9\r\n\n,,\n"), "10.0.0.1");
}

TEST(ScanTargets, NamesAndPortsGoToTheList) {
  EXPECT_EQ(list_of("WWW.Example.COM. mail.example.com:465"),
            "mail.example.com 465; www.example.com;");
  EXPECT_EQ(list_of("10.0.0.1:8443 [2001:db8::1]:443"), "10.0.0.1 8443; 2001:db8::1 443;");
  EXPECT_EQ(list_of("a.example a.example A.EXAMPLE a.example:1"), "a.example; a.example 1;");
  EXPECT_EQ(list_of("localhost _dmarc.example 1-2.example"),
            "1-2.example; _dmarc.example; localhost;");
  EXPECT_EQ(sweep_of("[2001:db8::1]"), "2001:db8::1");
}

struct Case {
  std::string_view text;
  std::string_view message;
};

constexpr Case kWrong[] = {
    {"10.0.0.5/24",
     "`10.0.0.5/24`: has bits of a host behind its prefix; write 10.0.0.0/24 for the network or "
     "10.0.0.5 for the one address"},
    {"https://example.com/x",
     "`https://example.com/x`: is a URL; write its host, with :PORT behind it where it has one"},
    {"*.example.com",
     "`*.example.com`: a pattern cannot be asked; write the names that it stands for"},
    {"bücher.example", "`bücher.example`: write names in their ASCII form (xn--…)"},
    {"10.0.0.0/24:443",
     "`10.0.0.0/24:443`: one address may have a port of its own, not a network or a range; its "
     "ports are those of the whole scan"},
    {"10.0.0.1-3:443",
     "`10.0.0.1-3:443`: one address may have a port of its own, not a network or a range; its "
     "ports are those of the whole scan"},
    {"a.example:0", "`a.example:0`: what follows the : must be one port from 1 to 65535"},
    {"a.example:1-2", "`a.example:1-2`: what follows the : must be one port from 1 to 65535"},
    {"a.example:https", "`a.example:https`: what follows the : must be one port from 1 to 65535"},
    {":443", "`:443`: there is no host in front of the port"},
    {"[2001:db8::1", "`[2001:db8::1`: the ] is missing; write [2001:db8::1]:443"},
    {"[2001:db8::]/64",
     "`[2001:db8::]/64`: only :PORT may follow the ]; a network is written without brackets"},
    {"-a.example", "`-a.example`: is neither an address nor the name of a host"},
    {"a..example", "`a..example`: is neither an address nor the name of a host"},
    {"a_b!.example", "`a_b!.example`: is neither an address nor the name of a host"},
};

TEST(ScanTargets, ErrorsNameThePieceAndTheMend) {
  for (const Case& each : kWrong)
    EXPECT_EQ(sweep_of(each.text), each.message) << each.text;
  EXPECT_FALSE(parse(std::string(254, 'a') + ".example").ok());
  EXPECT_FALSE(parse(std::string(64, 'a')).ok());
  EXPECT_TRUE(parse(std::string(63, 'a')).ok());
}

TEST(ScanTargets, EveryWrongLineOfAFileIsTold) {
  const auto targets = parse("10.0.0.1\n10.0.0.300\n# 1.2.3\nok.example a!b\n", "hosts.txt");
  ASSERT_FALSE(targets.ok());
  EXPECT_EQ(targets.error().message,
            "hosts.txt:2: `10.0.0.300`: is no IP address: four numbers or ranges from 0 to 255 "
            "without leading zeros, such as 10.0.0.5 or 10.0.0-3.1-254\n"
            "hosts.txt:4: `a!b`: is neither an address nor the name of a host");
  std::string many;
  for (int i = 0; i < 25; ++i)
    many += "a!b\n";
  const auto refused = parse(many, "f");
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(
      refused.error().message.ends_with("\nf:10: `a!b`: is neither an address nor the "
                                        "name of a host\n… and 15 more like these"))
      << refused.error().message;
}

TEST(ScanTargets, SeveralTextsAreOneScan) {
  const TargetText texts[] = {{"10.0.0.1"}, {"10.0.0.2\na.example", "f"}};
  const auto targets = parse_scan_targets(texts);
  ASSERT_TRUE(targets.ok());
  EXPECT_EQ(targets.value().sweep.ranges().size(), 1u);
  EXPECT_EQ(targets.value().list.size(), 1u);
}

// Any bytes: an answer or an error, and what it took is what it says.
TEST(ScanTargets, RandomTextsNeverBreakIt) {
  std::mt19937 random(7);
  constexpr std::string_view kLetters = "0123456789.-/:[],# \na%f";
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto n = random() % 24; n > 0; --n)
      text += kLetters[random() % kLetters.size()];
    const auto targets = parse(text);
    if (!targets.ok()) {
      EXPECT_FALSE(targets.error().message.empty());
      continue;
    }
    for (const NamedTarget& each : targets.value().list)
      EXPECT_NE(each.name.empty(), !each.address.has_value()) << text;
  }
}

TEST(AlwaysExcluded, HoldsWhatNobodyMeansAndNoPrivateNetwork) {
  const dataplane::AddressSet excluded = always_excluded();
  const auto holds = [&](std::string_view text) {
    return excluded.contains(IpAddress{parse_single_address(text).value()});
  };
  for (const char* each :
       {"0.0.0.0", "0.255.255.255", "127.0.0.1", "169.254.1.1", "224.0.0.1", "239.255.255.255",
        "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "febf::1", "ff02::1"})
    EXPECT_TRUE(holds(each)) << each;
  for (const char* each :
       {"1.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "192.0.2.1",
        "198.51.100.1", "203.0.113.1", "223.255.255.255", "126.255.255.255", "128.0.0.1",
        "169.253.255.255", "fc00::1", "fec0::1", "2001:db8::1", "::2"})
    EXPECT_FALSE(holds(each)) << each;
}

}  // namespace
}  // namespace control
