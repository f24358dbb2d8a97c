// SPDX-License-Identifier: Apache-2.0
// Certificates as they really come: whatever the bytes are, there is a row with the DER, its hashes
// and all that could be read, in bounded time.
#include "tests/support/certificate_builder.hpp"
#include "tls/digest/openssl_ptr.hpp"
#include "tls/x509/certificate_facts.hpp"

#include <gtest/gtest.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <string>
#include <string_view>

namespace tls {
namespace {

using std::string_view_literals::operator""sv;
using tests::der;
using tests::der_extension;
using tests::der_joined;
using tests::der_name;
using tests::der_text;
using tests::DerBytes;
using tests::raw_certificate;
using tests::RawCertificate;

constexpr uint8_t kDns = 0x82;
constexpr std::string_view kAltNames = "2.5.29.17";

// A certificate of 64 KiB is the largest that a TLS message can bring (RFC 8446 section 4.4.2
// allows more, handshake messages here do not). Even under sanitizers this takes milliseconds.
constexpr std::chrono::milliseconds kTimeMax{500};

// Reads it, and checks what has to hold for any bytes.
CertificateFacts read(const DerBytes& bytes) {
  const auto begin = std::chrono::steady_clock::now();
  CertificateFacts facts = parse_certificate(bytes);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kTimeMax);
  EXPECT_EQ(facts.der, bytes);
  EXPECT_EQ(facts.sha256, sha256(bytes));
  EXPECT_EQ(facts.sha1, sha1(bytes));
  return facts;
}

// OpenSSL reads it, to its last byte.
bool openssl_reads(const DerBytes& bytes) {
  const unsigned char* at = bytes.data();
  const X509Ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(bytes.size())));
  return certificate != nullptr && at == bytes.data() + bytes.size();
}

TEST(HardCertificate, TheBuildersOwnIsGood) {
  const DerBytes bytes = raw_certificate({});
  const CertificateFacts facts = read(bytes);
  EXPECT_FALSE(facts.malformed);
  EXPECT_TRUE(openssl_reads(bytes));
  EXPECT_EQ(facts.subject_cn, "subject");
  EXPECT_EQ(facts.issuer_cn, "issuer");
  EXPECT_EQ(facts.key_algorithm, "ED25519");
  EXPECT_EQ(facts.signature_algorithm, "ecdsa-with-SHA256");
}

TEST(HardCertificate, OfTenThousandNames) {
  DerBytes names;
  constexpr int kNames = 10'000;
  for (int i = 0; i < kNames; ++i) {
    const DerBytes name = der_text(kDns, "h" + std::to_string(i));
    names.insert(names.end(), name.begin(), name.end());
  }
  const DerBytes bytes =
      raw_certificate({.extensions = {der_extension(kAltNames, der(0x30, names))}});
  EXPECT_GT(bytes.size(), 64u * 1024);
  const CertificateFacts facts = read(bytes);
  EXPECT_FALSE(facts.malformed);
  ASSERT_EQ(facts.san.size(), static_cast<size_t>(kNames));
  EXPECT_EQ(facts.san.front(), "DNS:h0");
  EXPECT_EQ(facts.san.back(), "DNS:h9999");
}

TEST(HardCertificate, OfSixtyFourKibibytesInOnePlace) {
  const std::string text(64'000, 'x');
  RawCertificate in_name;
  in_name.subject = der_name("2.5.4.3", 0x0c, text);
  EXPECT_EQ(read(raw_certificate(in_name)).subject_cn, text);
  RawCertificate in_serial;
  in_serial.serial = der(0x02, DerBytes(64'000, 0x7f));
  EXPECT_EQ(read(raw_certificate(in_serial)).serial.size(), 128'000u);
  RawCertificate in_key;
  in_key.key = DerBytes(64'000, 0x01);
  EXPECT_TRUE(read(raw_certificate(in_key)).spki_sha256.has_value());
  const DerBytes blob = der_extension("1.3.6.1.4.1.99999.1", DerBytes(64'000, 0xee));
  EXPECT_FALSE(read(raw_certificate({.extensions = {blob}})).malformed);
}

// What costs most per octet: object identifiers at the longest that is still read.
TEST(HardCertificate, OfTheSlowestNames) {
  DerBytes sets;
  DerBytes oid(128, 0xff);
  oid.front() = 0x8f;
  oid.back() = 0x7f;
  const DerBytes attribute = der(0x30, der_joined({der(0x06, oid), der_text(0x0c, "")}));
  size_t count = 0;
  for (; sets.size() < 64'000; ++count) {
    const DerBytes set = der(0x31, attribute);
    sets.insert(sets.end(), set.begin(), set.end());
  }
  RawCertificate slow;
  slow.subject = slow.issuer = der(0x30, sets);
  const CertificateFacts facts = read(raw_certificate(slow));
  EXPECT_EQ(facts.subject.size(), count);
  EXPECT_GT(facts.subject.front().oid.size(), 260u);  // 2^889 has 268 digits
}

TEST(HardCertificate, WithNulInItsNames) {
  RawCertificate hostile;
  hostile.subject = der_name("2.5.4.3", 0x0c, "good.example\0.evil.example"sv);
  hostile.extensions = {
      der_extension(kAltNames, der(0x30, der_text(kDns, "good.example\0.evil.example"sv)))};
  const CertificateFacts facts = read(raw_certificate(hostile));
  EXPECT_EQ(facts.subject_cn, "good.example\0.evil.example"sv);
  EXPECT_EQ(facts.san, std::vector<std::string>{"DNS:good.example\\x00.evil.example"});
}

TEST(HardCertificate, OfAlgorithmsThatNobodyKnows) {
  RawCertificate unknown;
  unknown.signature_oid = tests::der_oid("1.3.6.1.4.1.99999.1");
  unknown.key_oid = tests::der_oid("1.3.6.1.4.1.99999.2");
  const CertificateFacts facts = read(raw_certificate(unknown));
  EXPECT_FALSE(facts.malformed);
  EXPECT_EQ(facts.signature_algorithm, "1.3.6.1.4.1.99999.1");
  EXPECT_EQ(facts.key_algorithm, "1.3.6.1.4.1.99999.2");
  EXPECT_TRUE(facts.spki_sha256.has_value());
}

TEST(HardCertificate, WithSerialsThatRfc5280Forbids) {
  const auto serial_of = [](const DerBytes& content) {
    return read(raw_certificate({.serial = der(0x02, content)})).serial;
  };
  EXPECT_EQ(serial_of({0xff, 0x01}), "ff01");  // -255: two's complement stays
  EXPECT_EQ(serial_of({0x80}), "80");          // -128
  EXPECT_EQ(serial_of({0x00}), "00");
  EXPECT_EQ(serial_of({0x00, 0xff}), "ff");
  EXPECT_EQ(serial_of({}), "");
  const CertificateFacts not_a_number = read(raw_certificate({.serial = der(0x04, {0x01})}));
  EXPECT_TRUE(not_a_number.malformed);
  EXPECT_EQ(not_a_number.subject_cn, "subject");  // what comes behind it is read
}

TEST(HardCertificate, OfAllTimes) {
  const auto begin_of = [](uint8_t tag, std::string_view text) {
    return read(raw_certificate({.not_before = der_text(tag, text)})).not_before;
  };
  // GNU date: date -u -d '9999-12-31 23:59:59' +%s, and so on.
  EXPECT_EQ(begin_of(0x18, "99991231235959Z"), 253402300799);
  EXPECT_EQ(begin_of(0x17, "500101000000Z"), -631152000);
  EXPECT_EQ(begin_of(0x18, "16010101000000Z"), -11644473600);
  EXPECT_EQ(begin_of(0x18, "00010101000000Z"), -62135596800);
  EXPECT_EQ(begin_of(0x17, "991332000000Z"), std::nullopt);
  EXPECT_EQ(begin_of(0x18, ""), std::nullopt);
  EXPECT_EQ(begin_of(0x0c, "240101000000Z"), std::nullopt);
}

TEST(HardCertificate, WithGarbageBehindIt) {
  const DerBytes good = raw_certificate({});
  const CertificateFacts facts = read(der_joined({good, DerBytes(1000, 0xaa)}));
  EXPECT_TRUE(facts.malformed);
  EXPECT_EQ(facts.subject_cn, "subject");
  EXPECT_EQ(facts.spki_sha256, read(good).spki_sha256);
}

// BER (X.690 section 8.1.3.6). No certificate may have it (RFC 5280 section 4.1): kept and marked.
TEST(HardCertificate, OfIndefiniteLength) {
  DerBytes bytes = raw_certificate({});
  bytes = der_joined({{0x30, 0x80}, DerBytes(bytes.begin() + 4, bytes.end()), {0x00, 0x00}});
  EXPECT_TRUE(read(bytes).malformed);
  RawCertificate inside;
  inside.subject = der_joined({{0x30, 0x80}, der(0x31, {}), {0x00, 0x00}});
  const CertificateFacts facts = read(raw_certificate(inside));
  EXPECT_TRUE(facts.malformed);
  EXPECT_EQ(facts.issuer_cn, "issuer");  // what stands before it is read
}

TEST(HardCertificate, OfSequencesInsideSequences) {
  DerBytes nest;
  for (int depth = 0; depth < 15'000; ++depth)
    nest = nest.size() < 60'000 ? der(0x30, nest) : nest;
  RawCertificate deep;
  deep.subject = nest;
  deep.extensions = {der_extension(kAltNames, nest)};
  const CertificateFacts facts = read(raw_certificate(deep));
  EXPECT_TRUE(facts.malformed);
  EXPECT_EQ(facts.issuer_cn, "issuer");
  EXPECT_TRUE(facts.spki_sha256.has_value());
}

// Every length and every identifier of a certificate wrong in turn: always a row.
TEST(HardCertificate, OfBytesThatLie) {
  const DerBytes good = raw_certificate(
      {.extensions = {der_extension(kAltNames, der(0x30, der_text(kDns, "www.example.org")))}});
  for (size_t at = 0; at < good.size(); ++at) {
    for (const int value : {0x00, 0x30, 0x7f, 0x80, 0x84, 0xff}) {
      DerBytes bad = good;
      bad[at] = static_cast<uint8_t>(value);
      const CertificateFacts facts = read(bad);
      EXPECT_EQ(facts.malformed, !openssl_reads(bad)) << at << ' ' << value;
    }
  }
}

}  // namespace
}  // namespace tls
