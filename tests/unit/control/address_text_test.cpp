// SPDX-License-Identifier: Apache-2.0
// Address texts against Python's view of them (ipaddress), and octet ranges against a naive count.
#include "control/config/address_text.hpp"

#include "control/config/port_range_text.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <set>

namespace control {
namespace {

std::string spans_text(std::string_view text) {
  const auto spans = parse_address_spans(text);
  if (!spans.ok()) return spans.error().message;
  std::string out;
  for (const AddressSpan& span : spans.value()) {
    if (!out.empty()) out += ' ';
    out += address_text(span.first);
    if (span.last != span.first) out += "-" + address_text(span.last);
  }
  return out;
}

struct SpansCase {
  std::string_view text;
  std::string_view spans;
};

// The ends are those of Python's ipaddress.ip_network().
constexpr SpansCase kRightSpans[] = {
    {"10.0.0.5", "10.0.0.5"},
    {"0.0.0.0/0", "0.0.0.0-255.255.255.255"},
    {"10.0.0.0/24", "10.0.0.0-10.0.0.255"},
    {"10.32.0.0/11", "10.32.0.0-10.63.255.255"},
    {"10.0.0.7/32", "10.0.0.7"},
    {"10.0.0.5-10.0.1.9", "10.0.0.5-10.0.1.9"},
    {"10.0.0.5-9", "10.0.0.5-10.0.0.9"},
    {"10.0.0-1.7", "10.0.0.7 10.0.1.7"},
    {"10.0.0-1.0-255", "10.0.0.0-10.0.1.255"},
    {"10-11.0-255.0-255.0-255", "10.0.0.0-11.255.255.255"},
    {"0-255.0-255.0-255.0-255", "0.0.0.0-255.255.255.255"},
    {"2001:db8::1", "2001:db8::1"},
    {"2001:db8::/47", "2001:db8::-2001:db8:1:ffff:ffff:ffff:ffff:ffff"},
    {"fe80::/10", "fe80::-febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    {"2001:db8::1-2001:db8::1:0", "2001:db8::1-2001:db8::1:0"},
};

TEST(AddressText, IsReadAsSpans) {
  for (const SpansCase& each : kRightSpans)
    EXPECT_EQ(spans_text(each.text), each.spans) << each.text;
}

// What is kept at ::ffff:0:0/96 is IPv4; who writes IPv6 does not mean it.
TEST(AddressText, AllOfIpv6HasNoIpv4InIt) {
  const auto spans = parse_address_spans("::/0");
  ASSERT_TRUE(spans.ok());
  ASSERT_EQ(spans.value().size(), 2u);
  const AddressBytes v4_first = parse_single_address("0.0.0.0").value();
  const AddressBytes v4_last = parse_single_address("255.255.255.255").value();
  EXPECT_LT(spans.value()[0].last, v4_first);
  EXPECT_GT(spans.value()[1].first, v4_last);
  EXPECT_EQ(address_text(spans.value()[0].last), "::fffe:ffff:ffff");
  EXPECT_EQ(address_text(spans.value()[1].first), "::1:0:0:0");
}

constexpr SpansCase kWrongSpans[] = {
    {"10.0.0.5/24",
     "`10.0.0.5/24`: has bits of a host behind its prefix; write 10.0.0.0/24 for the network or "
     "10.0.0.5 for the one address"},
    {"2001:db8::1/64",
     "`2001:db8::1/64`: has bits of a host behind its prefix; write 2001:db8::/64 for the network "
     "or 2001:db8::1 for the one address"},
    {"10.0.0.0/33", "`10.0.0.0/33`: a prefix length is a number from 0 to 32"},
    {"10.0.0.0/", "`10.0.0.0/`: a prefix length is a number from 0 to 32"},
    {"10.0.0.0/08", "`10.0.0.0/08`: a prefix length is a number from 0 to 32"},
    {"2001:db8::/129", "`2001:db8::/129`: a prefix length is a number from 0 to 128"},
    {"10.0.0-3.0/24", "`10.0.0-3.0/24`: a range has no prefix length; write one of the two"},
    {"10.0.0.9-10.0.0.5", "`10.0.0.9-10.0.0.5`: ends before it begins; write 10.0.0.5-10.0.0.9"},
    {"::ffff:10.0.0.1",
     "`::ffff:10.0.0.1`: write IPv4 addresses as 10.0.0.1, not in their mapped form"},
    {"2001:db8::1-10.0.0.1", "`2001:db8::1-10.0.0.1`: both ends must be of one family"},
    {"2001:db8::g", "`2001:db8::g`: is no IPv6 address"},
    {"0-255.0-255.0-255.1-254",
     "`0-255.0-255.0-255.1-254`: is more than 65536 separate ranges; write networks such as "
     "10.0.0.0/8"},
};

TEST(AddressText, ErrorsGiveTheMend) {
  for (const SpansCase& each : kWrongSpans)
    EXPECT_EQ(spans_text(each.text), each.spans) << each.text;
  for (const char* text :
       {"", "10", "10.0.0", "10.0.0.256", "10.0.0.1.2", "010.0.0.1", "10.0.0.", "10.0.0.5-3",
        "10.0.0.-", "10..0.1", "-", "1.2.3.4-", "a.b.c.d", "10.0.0.1 ", "0x0a.0.0.1"}) {
    EXPECT_NE(spans_text(text).find("is no IP address"), std::string::npos)
        << text << ": " << spans_text(text);
  }
  EXPECT_FALSE(parse_address_spans(std::string_view("10.0.0.1\0.5", 11)).ok());
  EXPECT_FALSE(parse_address_spans(std::string(100'000, '1')).ok());
}

TEST(AddressText, OctetRangesAreEveryCombinationOnce) {
  const auto spans = parse_address_spans("10.3-5.250-255.7-9");
  ASSERT_TRUE(spans.ok());
  std::set<std::string> from_spans;
  size_t total = 0;
  for (const AddressSpan& span : spans.value()) {
    for (AddressBytes at = span.first;; ++at[15]) {
      from_spans.insert(address_text(at));
      ++total;
      if (at == span.last) break;
    }
  }
  std::set<std::string> naive;
  for (int b = 3; b <= 5; ++b)
    for (int c = 250; c <= 255; ++c)
      for (int d = 7; d <= 9; ++d)
        naive.insert("10." + std::to_string(b) + "." + std::to_string(c) + "." + std::to_string(d));
  EXPECT_EQ(from_spans, naive);
  EXPECT_EQ(total, naive.size());
}

TEST(AddressText, ATextIsANameWhereItsLastLabelHasALetter) {
  for (const char* name : {"a", "example.com", "1-2-3.example", "10.0.0.1.example.", "xn--p1ai"})
    EXPECT_FALSE(looks_like_address(name)) << name;
  for (const char* address :
       {"", "10", "10.0.0.1", "10.0.0.5-9", "::1", "a.b.c.1", "example.com/24"})
    EXPECT_TRUE(looks_like_address(address)) << address;
}

TEST(AddressText, AnAddressInItsNetworkKnowsWhatIsOnLink) {
  const auto own = parse_address_in_network("10.0.0.130/25");
  ASSERT_TRUE(own.ok());
  EXPECT_EQ(own.value().prefix_bits, 121);
  const auto at = [](std::string_view text) { return parse_single_address(text).value(); };
  EXPECT_TRUE(own.value().has_on_link(at("10.0.0.254")));
  EXPECT_FALSE(own.value().has_on_link(at("10.0.0.127")));
  EXPECT_FALSE(own.value().has_on_link(at("2001:db8::1")));
  EXPECT_TRUE(parse_address_in_network("10.0.0.0/31").ok());  // RFC 3021
  EXPECT_FALSE(parse_address_in_network("10.0.0.255/24").ok());
  EXPECT_FALSE(parse_address_in_network("10.0.0.2").ok());
  EXPECT_TRUE(parse_address_in_network("2001:db8::ffff/112").ok());
}

TEST(PortRangeText, IsOnePortOrTwoInOrder) {
  EXPECT_EQ(parse_port_range("443"), (PortSpan{443, 443}));
  EXPECT_EQ(parse_port_range("1-65535"), (PortSpan{1, 65535}));
  for (const char* wrong : {"", "0", "65536", "-", "1-", "-1", "2-1", "1-2-3", "1 -2", "+1", "x"})
    EXPECT_EQ(parse_port_range(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace control
