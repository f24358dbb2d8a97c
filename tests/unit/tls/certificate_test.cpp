// SPDX-License-Identifier: Apache-2.0
#include "tests/support/certificate_builder.hpp"
#include "tls/digest/openssl_ptr.hpp"
#include "tls/x509/certificate_facts.hpp"
#include "tls/x509/der.hpp"
#include "tls/x509/der_text.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace tls {
namespace {

using Strings = std::vector<std::string>;

std::optional<int64_t> seconds(uint8_t tag, std::string_view text) {
  return seconds_of({tag, bytes_of(text), {}});
}
std::optional<int64_t> utc(std::string_view text) {
  return seconds(der_tag::kUtcTime, text);
}
std::optional<int64_t> generalized(std::string_view text) {
  return seconds(der_tag::kGeneralizedTime, text);
}
std::string text(uint8_t tag, std::string_view bytes) {
  return text_of({tag, bytes_of(bytes), {}});
}

TEST(CertificateFacts, SayWhetherTransparencyAndStaplingArePromised) {
  tests::CertificateRecipe recipe;
  const auto facts = [&] { return parse_certificate(tests::make_certificate(recipe).der); };
  EXPECT_FALSE(facts().has_sct_list);
  EXPECT_FALSE(facts().must_staple);
  recipe.has_sct_list = true;
  recipe.tls_feature = "status_request";
  EXPECT_TRUE(facts().has_sct_list);
  EXPECT_TRUE(facts().must_staple);
  recipe.tls_feature = "status_request_v2";  // 17: of the certificates above it
  EXPECT_FALSE(facts().must_staple);
  recipe.tls_feature = "status_request_v2,status_request";
  EXPECT_TRUE(facts().must_staple);
}

TEST(CertificateFacts, AreThoseItWasMadeWith) {
  const tests::MadeCertificate made = tests::make_certificate({});
  const CertificateFacts facts = parse_certificate(made.der);
  EXPECT_FALSE(facts.malformed);
  EXPECT_EQ(facts.der, made.der);
  EXPECT_EQ(facts.subject,
            (std::vector<NameAttribute>{
                {"2.5.4.10", "Größe"}, {"2.5.4.3", "first"}, {"2.5.4.3", "www.example.org"}}));
  EXPECT_EQ(facts.issuer, facts.subject);
  EXPECT_TRUE(facts.self_issued);
  EXPECT_EQ(facts.subject_cn, "www.example.org");
  EXPECT_EQ(facts.serial, "1234");
  EXPECT_EQ(facts.not_before, 1704164645);
  EXPECT_EQ(facts.not_after, 2019783845);
  EXPECT_EQ(facts.san, (Strings{"DNS:www.example.org", "IP:192.0.2.1", "email:a@example.org"}));
  EXPECT_EQ(facts.key_algorithm, "EC");
  EXPECT_EQ(facts.key_curve, "P-256");
  EXPECT_EQ(facts.key_bits, 256);
  EXPECT_EQ(facts.signature_algorithm, "ecdsa-with-SHA256");
  EXPECT_EQ(facts.spki_sha256, sha256(made.spki));
  EXPECT_EQ(facts.is_ca, false);
  EXPECT_EQ(facts.version, 3);
}

TEST(CertificateFacts, TakeTheSerialFromItsOctets) {
  tests::CertificateRecipe recipe;
  recipe.serial = {0xff, 0x01};  // DER adds a zero octet in front
  EXPECT_EQ(parse_certificate(tests::make_certificate(recipe).der).serial, "ff01");
  recipe.serial = {0x00};
  EXPECT_EQ(parse_certificate(tests::make_certificate(recipe).der).serial, "00");
}

TEST(CertificateFacts, BearTimesBeforeAndFarAfterTheUsual) {
  tests::CertificateRecipe recipe;
  recipe.not_before = "19500101000000Z";
  recipe.not_after = "99991231235959Z";
  recipe.alt_names = "URI:https://example.org/,IP:2001:db8::1,RID:1.2.3.4";
  recipe.is_ca = true;
  const CertificateFacts facts = parse_certificate(tests::make_certificate(recipe).der);
  EXPECT_EQ(facts.not_before, -631152000);
  EXPECT_EQ(facts.not_after, 253402300799);
  EXPECT_EQ(facts.san, (Strings{"URI:https://example.org/", "IP:2001:db8::1", "RID:1.2.3.4"}));
  EXPECT_EQ(facts.is_ca, true);
}

TEST(CertificateFacts, ComeWithHashesFromAnyBytes) {
  const CertificateFacts empty = parse_certificate({});
  EXPECT_TRUE(empty.malformed);
  EXPECT_EQ(to_hex(empty.sha256),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(empty.sha1), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  const std::vector<uint8_t> der = tests::make_certificate({}).der;
  for (size_t length = 0; length < der.size(); ++length)
    EXPECT_TRUE(parse_certificate(flowtable::Bytes(der).first(length)).malformed) << length;
}

bool d2i_accepts(const std::vector<uint8_t>& der) {
  const unsigned char* at = der.data();
  const X509Ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  return certificate != nullptr && at == der.data() + der.size();
}

TEST(CertificateFacts, AreMalformedWhereOpensslSaysSoWhateverByteChanges) {
  const std::vector<uint8_t> der = tests::make_certificate({}).der;
  for (size_t at = 0; at < der.size(); ++at) {
    for (const int flip : {0x01, 0x04, 0x80, 0xff}) {
      std::vector<uint8_t> changed = der;
      changed[at] = static_cast<uint8_t>(changed[at] ^ flip);
      EXPECT_EQ(parse_certificate(changed).malformed, !d2i_accepts(changed)) << at << ' ' << flip;
    }
  }
}

TEST(DerTime, ReadsBothFormsAndTheirOddities) {
  EXPECT_EQ(utc("700101000000Z"), 0);
  EXPECT_EQ(utc("691231235959Z"), -1);
  EXPECT_EQ(utc("491231235959Z"), 2524607999);
  EXPECT_EQ(utc("500101000000Z"), -631152000);
  EXPECT_EQ(utc("7001010001Z"), 60);  // without seconds
  EXPECT_EQ(utc("700101010000+0100"), 0);
  EXPECT_EQ(utc("691231230000-0100"), 0);
  EXPECT_EQ(generalized("19700101000000Z"), 0);
  EXPECT_EQ(generalized("19700101000000.75Z"), 0);
  EXPECT_EQ(generalized("20240229000000Z"), 1709164800);
}

TEST(DerTime, RefusesWhatIsNoMoment) {
  EXPECT_FALSE(utc(""));
  EXPECT_FALSE(utc("20230229000000Z"));
  EXPECT_FALSE(utc("701301000000Z"));
  EXPECT_FALSE(utc("700132000000Z"));
  EXPECT_FALSE(utc("700101240000Z"));
  EXPECT_FALSE(utc("700101000000X"));
  EXPECT_FALSE(utc("700101000000Z0"));
  EXPECT_FALSE(utc("70010100000:Z"));
  EXPECT_FALSE(generalized("20230229000000Z"));
  EXPECT_FALSE(generalized("20240101000000.Z"));
  EXPECT_FALSE(seconds(der_tag::kIa5String, "700101000000Z"));
}

TEST(DerText, ConvertsEachStringType) {
  using std::string_view_literals::operator""sv;
  EXPECT_EQ(text(der_tag::kUtf8String,
                 "Gr\xc3\xb6\xc3\x9f"
                 "e"),
            "Größe");
  EXPECT_EQ(text(der_tag::kUtf8String,
                 "a\xe8"
                 "b"),
            "a\\xe8b");
  EXPECT_EQ(text(der_tag::kUtf8String, "\xc0\x80"), "\\xc0\\x80");           // overlong
  EXPECT_EQ(text(der_tag::kUtf8String, "\xed\xa0\x80"), "\\xed\\xa0\\x80");  // surrogate
  EXPECT_EQ(text(der_tag::kT61String,
                 "G\xf6"
                 "teborg"),
            "Göteborg");
  EXPECT_EQ(text(der_tag::kPrintableString, "a\0b"sv), "a\0b"sv);
  EXPECT_EQ(text(der_tag::kBmpString, "\0J\0o\0\xe3\0o"sv), "João");
  EXPECT_EQ(text(der_tag::kBmpString, "\xd8\x3d\xde\x00"sv), "\xf0\x9f\x98\x80");
  EXPECT_EQ(text(der_tag::kBmpString, "\0a\xd8"sv), "a\\xd8");
  EXPECT_EQ(text(der_tag::kUniversalString, "\0\x01\xf6\0"sv), "\xf0\x9f\x98\x80");
  EXPECT_EQ(text(der_tag::kBitString, "\0\x0f"sv), "000f");
  EXPECT_EQ(printable_text(bytes_of("good.example\0.evil"sv)), "good.example\\x00.evil");
}

constexpr std::string_view kLongestOid =
    "2.52829453113566524635233978491651660651884732603612152212796070902667390255672485"
    "94744172558876571878946743949932571286788823475595026855372505389784629395769083"
    "86683999005084168731517676426441053024232908211188404148028292751561738838396898"
    "767036476489538580897737998255";

TEST(DottedOid, ReadsArcsOfAnySize) {
  using std::string_view_literals::operator""sv;
  EXPECT_EQ(dotted_oid(bytes_of("\x55\x04\x03")), "2.5.4.3");
  EXPECT_EQ(dotted_oid(bytes_of("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01")), "1.2.840.113549.1.9.1");
  EXPECT_EQ(dotted_oid(bytes_of("\x00"sv)), "0.0");
  EXPECT_EQ(dotted_oid(bytes_of("\x27")), "0.39");
  EXPECT_EQ(dotted_oid(bytes_of("\x4f")), "1.39");
  EXPECT_EQ(dotted_oid(bytes_of("\x50")), "2.0");
  EXPECT_EQ(dotted_oid(bytes_of("\x78")), "2.40");
  EXPECT_EQ(dotted_oid(bytes_of("\x88\x37\x03")), "2.999.3");
  // 2.25.<UUID f81d4fae-7dec-11d0-a765-00a0c91e6bf6>, X.667's example.
  EXPECT_EQ(
      dotted_oid(bytes_of(
          "\x69\x83\xf0\x9d\xa7\xeb\xcf\xde\xe0\xc7\xa1\xa7\xb2\xc0\x94\x8c\xc8\xf9\xd7\x76"sv)),
      "2.25.329800735698586629295641978511506172918");
  // The longest: 2^896 - 1 - 80, by bc.
  std::string longest(128, '\xff');
  longest.back() = '\x7f';
  EXPECT_EQ(dotted_oid(bytes_of(longest)), kLongestOid);
  EXPECT_EQ(dotted_oid(bytes_of("\x55" + std::string(128, '\x01'))), "");  // longer still
  // Limbs with zeros in front, and a borrow: 2.(10^9 - 80), 1.2.(10^9).
  EXPECT_EQ(dotted_oid(bytes_of("\x83\xdc\xeb\x94\x00"sv)), "2.999999920");
  EXPECT_EQ(dotted_oid(bytes_of("\x2a\x83\xdc\xeb\x94\x00"sv)), "1.2.1000000000");
  EXPECT_EQ(dotted_oid({}), "");
  EXPECT_EQ(dotted_oid(bytes_of("\x55\x84")), "");  // ends inside an arc
}

TEST(Der, ReadsElementsAndRefusesBrokenLengths) {
  const auto tag_of = [](const std::vector<uint8_t>& bytes) {
    flowtable::ByteReader reader{flowtable::Bytes(bytes)};
    DerElement element;
    return read_element(reader, element) ? static_cast<int>(element.content.size()) : -1;
  };
  EXPECT_EQ(tag_of({0x30, 0x00}), 0);
  EXPECT_EQ(tag_of({0x04, 0x81, 0x01, 0x7f}), 1);  // longer than need be
  EXPECT_EQ(tag_of({0x30, 0x80, 0, 0}), -1);       // indefinite
  EXPECT_EQ(tag_of({0x30, 0x01}), -1);
  EXPECT_EQ(tag_of({0x30, 0x85, 0, 0, 0, 0, 0}), -1);
  EXPECT_EQ(tag_of({0x30, 0x84, 0xff, 0xff, 0xff, 0xff}), -1);
  EXPECT_EQ(tag_of({0xbf, 0x81, 0x01, 0x01, 0x07}), 1);  // tag number in several octets
}

}  // namespace
}  // namespace tls
