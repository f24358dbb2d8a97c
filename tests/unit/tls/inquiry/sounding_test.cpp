// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/sounding.hpp"

#include "tls/probe/sounding_hellos.hpp"
#include "tls/wire/client_hello.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace tls::probe {
namespace {

using ByteVector = std::vector<uint8_t>;

HelloDescription any_hello() {
  return version_hello(kTls12, std::vector<uint16_t>{0xc02f}, "");
}

SoundingAnswer heard(const ByteVector& bytes) {
  Sounding sounding(any_hello());
  for (const uint8_t byte : bytes)
    (void)sounding.heard(std::span(&byte, 1));
  sounding.ended(PeerEnd::closed);
  EXPECT_TRUE(sounding.finished());
  return sounding.answer();
}

std::vector<uint16_t> values_of(U16List list) {
  std::vector<uint16_t> out;
  for (const uint16_t value : list)
    out.push_back(value);
  return out;
}

TEST(Sounding, EndsWithWhatItHeard) {
  EXPECT_EQ(heard({}).refusal, Refusal::closed);
  const SoundingAnswer refused = heard({21, 3, 3, 0, 2, 2, 40});
  EXPECT_EQ(refused.refusal, Refusal::alert);
  EXPECT_EQ(refused.alert->description, 40);
  EXPECT_EQ(heard({'H', 'T', 'T', 'P', '/', '1'}).refusal, Refusal::not_tls);
  EXPECT_EQ(heard({22, 3, 3, 0, 4, 11, 0, 0, 0}).refusal, Refusal::malformed);
  EXPECT_EQ(heard({20, 3, 3, 0, 1, 1}).refusal, Refusal::unexpected);
  EXPECT_EQ(heard({22, 3, 3, 0, 5, 2, 0, 0, 1, 3}).refusal, Refusal::malformed);
}

TEST(Sounding, AWarningIsNoRefusal) {
  ByteVector bytes{21, 3, 3, 0, 2, 1, 112, 22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2};
  bytes.resize(bytes.size() + 32, 7);
  bytes.insert(bytes.end(), {0, 0xc0, 0x14, 0});
  const SoundingAnswer answer = heard(bytes);
  EXPECT_EQ(answer.refusal, Refusal::none);
  EXPECT_EQ(answer.version, kTls11);
  EXPECT_EQ(answer.cipher, 0xc014);
  EXPECT_FALSE(answer.group);
}

TEST(SoundingHellos, OfferOneVersionAndTheSuites) {
  for (const uint16_t version : sounded_versions()) {
    std::vector<uint16_t> suites = sounded_suites(version);
    EXPECT_EQ(std::set<uint16_t>(suites.begin(), suites.end()).size(), suites.size());
    suites.resize(std::min(suites.size(), kSoundedSuitesMax));
    const ByteVector message = client_hello_message(version_hello(version, suites, "a.test"));
    const Parsed<ClientHello> hello = parse_client_hello(flowtable::Bytes(message).subspan(4));
    ASSERT_TRUE(hello.ok());
    EXPECT_EQ(hello.value().legacy_version, version == kTls13 ? kTls12 : version);
    EXPECT_EQ(values_of(hello.value().cipher_suites), suites);
    EXPECT_EQ(hello.value().has_extensions, version != kSsl3);
    EXPECT_EQ(hello.value().extensions.has(ExtensionType::supported_versions), version == kTls13);
    EXPECT_EQ(hello.value().extensions.has(ExtensionType::signature_algorithms), version >= kTls12);
  }
}

TEST(SoundingHellos, OfferThePostQuantumGroupWhenAsked) {
  for (const PostQuantum offered : {PostQuantum::no, PostQuantum::yes}) {
    const ByteVector message = client_hello_message(groups_hello(offered, ""));
    const Parsed<ClientHello> hello = parse_client_hello(flowtable::Bytes(message).subspan(4));
    ASSERT_TRUE(hello.ok());
    const auto groups = values_of(u16_values(hello.value(), ExtensionType::supported_groups));
    EXPECT_EQ(std::ranges::count(groups, kX25519MlKem768), offered == PostQuantum::yes ? 1 : 0);
    EXPECT_EQ(std::ranges::count(groups, 0x001d), 1);
  }
}

}  // namespace
}  // namespace tls::probe
