// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/scan_target_list.hpp"

#include "control/config/address_text.hpp"
#include "control/export/text_format.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace control {
namespace {

using dataplane::AddressRange;
using dataplane::AddressSet;
using dataplane::TargetSpace;
using Words = std::vector<std::string>;

flowtable::IpAddress address(const std::string& text) {
  flowtable::IpAddress out;
  out.bytes = parse_single_address(text).value();
  return out;
}

// From `first` to `last`, with these ports.
TargetSpace space(const std::string& first, const std::string& last, std::vector<uint16_t> ports) {
  const AddressRange range{dataplane::number_of(address(first)),
                           dataplane::number_of(address(last))};
  const AddressSet all(std::span(&range, 1));
  auto made = TargetSpace::make({all, all, {}, std::move(ports)});
  EXPECT_TRUE(made.ok());
  return std::move(made).value();
}

std::string_view word_of(tls::Transport transport) {
  if (transport == tls::Transport::tcp) return "tcp";
  return transport == tls::Transport::quic ? "quic" : "dtls";
}

// Every question, as "address port transport name".
Words questions(const ScanTargetList& list) {
  Words out;
  for (uint64_t i = 0; i < list.size(); ++i) {
    const tls::ServiceQuestion asked = list.at(i);
    out.push_back(text_of(asked.server.address) + " " + std::to_string(asked.server.port) + " " +
                  std::string(word_of(asked.transport)) + " " + asked.name);
  }
  return out;
}

TEST(ScanTargetList, AsksEachTargetAtItsPortOrAtAll) {
  const ScanTargetList list({{{address("192.0.2.1"), "a.example", std::nullopt},
                              {address("192.0.2.2"), "", 8443},
                              {address("2001:db8::3"), "c.example", std::nullopt}},
                             {443, 25},
                             nullptr});
  EXPECT_EQ(questions(list), (Words{"192.0.2.1 443 tcp a.example", "192.0.2.1 25 tcp a.example",
                                    "192.0.2.2 8443 tcp ", "2001:db8::3 443 tcp c.example",
                                    "2001:db8::3 25 tcp c.example"}));
}

TEST(ScanTargetList, AsksNothingWhereNothingIsListed) {
  EXPECT_EQ(ScanTargetList({{}, {443}, nullptr}).size(), 0u);
  // Without ports only those with one of their own are left, wherever they stand.
  const ScanTargetList list({{{address("192.0.2.1"), "a", std::nullopt},
                              {address("192.0.2.2"), "b", 1},
                              {address("192.0.2.3"), "c", std::nullopt},
                              {address("192.0.2.4"), "d", 2},
                              {address("192.0.2.5"), "e", std::nullopt}},
                             {},
                             nullptr});
  EXPECT_EQ(questions(list), (Words{"192.0.2.2 1 tcp b", "192.0.2.4 2 tcp d"}));
}

TEST(ScanTargetList, SharesDatagramsAmongShards) {
  const TargetSpace swept = space("192.0.2.1", "192.0.2.23", {443, 784});
  Words whole = questions(ScanTargetList({{}, {}, &swept}));
  EXPECT_EQ(whole.size(), 23u * 3);
  Words together;
  for (const uint32_t shard : {1U, 2U, 3U, 4U, 5U}) {
    const Words part = questions(ScanTargetList({{}, {}, &swept, false, shard, 5}));
    EXPECT_EQ(part.size(), (shard <= 3 ? 5u : 4u) * 3);
    together.insert(together.end(), part.begin(), part.end());
  }
  std::ranges::sort(whole);
  std::ranges::sort(together);
  EXPECT_EQ(together, whole);
  EXPECT_EQ(ScanTargetList({{}, {}, &swept, false, 30, 30}).size(), 0u);
}

TEST(ScanTargetList, AsksDatagramsWhereTheyUsuallyAre) {
  const TargetSpace swept = space("192.0.2.8", "192.0.2.9", {443, 22, 784, 5684});
  const ScanTargetList list({{{address("192.0.2.1"), "a", 80}}, {}, &swept});
  EXPECT_EQ(questions(list),
            (Words{"192.0.2.1 80 tcp a", "192.0.2.8 443 quic ", "192.0.2.8 443 dtls ",
                   "192.0.2.8 784 quic ", "192.0.2.8 5684 dtls ", "192.0.2.9 443 quic ",
                   "192.0.2.9 443 dtls ", "192.0.2.9 784 quic ", "192.0.2.9 5684 dtls "}));
}

TEST(ScanTargetList, AsksNamesByDatagramsWhereThatIsWished) {
  const ScanTargetList list(
      {{{address("192.0.2.1"), "a", std::nullopt}, {address("192.0.2.2"), "b", 8080}},
       {25, 853},
       nullptr,
       true});
  EXPECT_EQ(questions(list),
            (Words{"192.0.2.1 25 tcp a", "192.0.2.1 853 tcp a", "192.0.2.1 853 quic a",
                   "192.0.2.1 853 dtls a", "192.0.2.2 8080 tcp b", "192.0.2.2 8080 quic b",
                   "192.0.2.2 8080 dtls b"}));
}

TEST(ScanTargetList, AsksBothOfPortsThatAreUsualForNeither) {
  const TargetSpace swept = space("2001:db8::1", "2001:db8::1", {9999, 22});
  EXPECT_EQ(questions(ScanTargetList({{}, {}, &swept})),
            (Words{"2001:db8::1 22 quic ", "2001:db8::1 22 dtls ", "2001:db8::1 9999 quic ",
                   "2001:db8::1 9999 dtls "}));
}

// A checkpoint is one number: what stands at it is the same after a restart, also far out.
TEST(ScanTargetList, NumbersASweepThatNoMemoryHolds) {
  const TargetSpace swept = space("2001:db8::", "2001:db8::ffff:ffff", {443});
  const ScanTargetList list({{{address("192.0.2.1"), "a", 80}}, {}, &swept});
  EXPECT_EQ(list.size(), 1 + (uint64_t{2} << 32));
  const tls::ServiceQuestion last = list.at(list.size() - 1);
  EXPECT_EQ(text_of(last.server.address), "2001:db8::ffff:ffff");
  EXPECT_EQ(last.transport, tls::Transport::dtls);
  EXPECT_EQ(text_of(list.at(1 + 2 * 0x1234'5678ULL).server.address), "2001:db8::1234:5678");
}

}  // namespace
}  // namespace control
