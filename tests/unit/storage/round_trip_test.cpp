// SPDX-License-Identifier: Apache-2.0
// What goes into the memory comes back as it was, however hostile.
#include "control/storage/stored_text.hpp"
#include "tests/support/certificate_builder.hpp"
#include "tests/support/corpus.hpp"
#include "tests/unit/storage/observations.hpp"
#include "tests/unit/storage/test_cluster.hpp"
#include "tests/unit/storage/test_writer.hpp"
#include "tls/pipeline/certificate_cache.hpp"

#include <gtest/gtest.h>

#include <map>

namespace control::tests {
namespace {

using ::tests::der;
using ::tests::der_name;
using ::tests::der_text;
using ::tests::DerBytes;
using ::tests::raw_certificate;
using ::tests::RawCertificate;

constexpr const char* kCommonName = "2.5.4.3";

class RoundTrip : public testing::Test {
 protected:
  // Shown by one server each, through the writer that the daemon uses.
  void store(const std::vector<DerBytes>& ders) {
    tls::RecordBatch batch;
    for (const DerBytes& bytes : ders)
      batch.push_back(
          session(static_cast<uint32_t>(batch.size()), {cache_.find_or_parse(bytes).certificate}));
    const StoreOutcome stored = writer_.store(++seq_, std::move(batch));
    EXPECT_EQ(stored.stored.rows, ders.size());
    EXPECT_EQ(stored.refused.rows + stored.num_links_refused, 0U);
  }
  tls::CertificatePtr facts_of(const DerBytes& bytes) {
    return cache_.find_or_parse(bytes).certificate;
  }
  std::string column(const DerBytes& bytes, const std::string& sql) {
    return must_query(database_, "SELECT " + sql + " FROM certificate WHERE sha256 = $1::bytea",
                      {"\\x" + hex_text(tls::sha256(bytes))});
  }
  // Byte for byte, under digests that the server computes itself.
  void expect_same(const DerBytes& bytes, const std::string& what) {
    EXPECT_EQ(column(bytes, "encode(der, 'hex')"), hex_text(bytes)) << what;
    EXPECT_EQ(column(bytes, "sha256(der) = sha256"), "t") << what;
    const auto spki = facts_of(bytes)->spki_sha256;
    EXPECT_EQ(column(bytes, "encode(spki_sha256, 'hex')"), spki ? hex_text(*spki) : "") << what;
    EXPECT_EQ(column(bytes, "encode(sha1, 'hex')"), hex_text(tls::sha1(bytes).value())) << what;
  }

  DatabaseAddress address_ = fresh_database();
  DatabaseConnection database_ = must_open(address_);
  TestWriter writer_{address_};
  tls::CertificateCache cache_{4096};
  int64_t seq_ = 0;
};

// RFC 5280 section 4.1.2.5: UTCTime until 2049, GeneralizedTime beyond; and what lies outside.
TEST_F(RoundTrip, DatesFrom1950To9999) {
  const std::map<std::string, std::pair<DerBytes, std::string>> cases = {
      {"1950", {der_text(0x17, "500101000000Z"), "1950-01-01 00:00:00+00"}},
      {"1969", {der_text(0x17, "691231235959Z"), "1969-12-31 23:59:59+00"}},
      {"1970", {der_text(0x17, "700101000000Z"), "1970-01-01 00:00:00+00"}},
      {"2000", {der_text(0x17, "000229120000Z"), "2000-02-29 12:00:00+00"}},
      {"2038", {der_text(0x17, "380119031408Z"), "2038-01-19 03:14:08+00"}},
      {"2049", {der_text(0x17, "491231235959Z"), "2049-12-31 23:59:59+00"}},
      {"2050", {der_text(0x18, "20500101000000Z"), "2050-01-01 00:00:00+00"}},
      {"2262", {der_text(0x18, "22620412000000Z"), "2262-04-12 00:00:00+00"}},
      {"9999", {der_text(0x18, "99991231235959Z"), "9999-12-31 23:59:59+00"}},
      {"0001", {der_text(0x18, "00010101000000Z"), "0001-01-01 00:00:00+00"}},
      {"0000", {der_text(0x18, "00000101000000Z"), "0001-01-01 00:00:00+00 BC"}},
  };
  std::vector<DerBytes> ders;
  for (const auto& [year, one] : cases) {
    RawCertificate certificate;
    certificate.subject = der_name(kCommonName, 0x0c, year);
    certificate.not_after = one.first;
    ders.push_back(raw_certificate(certificate));
  }
  store(ders);
  size_t at = 0;
  for (const auto& [year, one] : cases) {
    const DerBytes& bytes = ders[at++];
    expect_same(bytes, year);
    // What our reader takes for no time is no time in the memory either.
    const bool read = facts_of(bytes)->not_after.has_value();
    EXPECT_EQ(column(bytes, "not_after"), read ? one.second : "") << year;
    EXPECT_TRUE(read || year == "0000") << year;
  }
}

// Times that no certificate of RFC 5280 can hold, as another reader might give them.
TEST_F(RoundTrip, DatesThatNoCalendarHolds) {
  std::vector<DerBytes> ders;
  for (const char* text : {"20241301000000Z", "20240230000000Z", "2024", "99999999999999Z", ""}) {
    RawCertificate certificate;
    certificate.not_before = der_text(0x18, text);
    ders.push_back(raw_certificate(certificate));
  }
  store(ders);
  for (const DerBytes& bytes : ders)
    expect_same(bytes, "date");
}

TEST_F(RoundTrip, HostileNames) {
  const std::string names[] = {
      std::string("nul\0inside", 10),
      std::string("\0", 1),
      "broken\xc3(utf8\xff\xfe",
      "\xed\xa0\x80surrogate",
      "quotes'\"`;--\\",
      "{a,\"b\",NULL}",
      "\\N",
      "\\x00ff",
      "\t\r\n\x1b[31mred\x1b[0m",
      "\xe2\x80\xaemoc.live\xe2\x80\xac",
      "\xf0\x9f\x94\x92 lock",
      std::string(65'536, 'a'),
      std::string(65'536, '\0'),
      "",
  };
  std::vector<DerBytes> ders;
  for (const std::string& name : names) {
    for (const uint8_t tag : std::initializer_list<uint8_t>{0x0c, 0x13, 0x14, 0x16}) {
      RawCertificate certificate;
      certificate.subject = der_name(kCommonName, tag, name);
      certificate.issuer = der_name(kCommonName, tag, name);
      ders.push_back(raw_certificate(certificate));
    }
  }
  store(ders);
  for (const DerBytes& bytes : ders) {
    const tls::CertificatePtr facts = facts_of(bytes);
    expect_same(bytes, "name");
    EXPECT_EQ(column(bytes, "subject"), name_text(facts->subject));
    EXPECT_EQ(column(bytes, "coalesce(subject_cn, 'absent')"),
              facts->subject_cn ? stored_text(*facts->subject_cn) : "absent");
  }
}

TEST_F(RoundTrip, TenThousandNames) {
  DerBytes names;
  for (int i = 0; i < 10'000; ++i) {
    const DerBytes name = der_text(0x82, "host-" + std::to_string(i) + ".example.org");
    names.insert(names.end(), name.begin(), name.end());
  }
  RawCertificate certificate;
  certificate.extensions = {::tests::der_extension("2.5.29.17", der(0x30, names))};
  const DerBytes bytes = raw_certificate(certificate);
  store({bytes});
  expect_same(bytes, "names");
  EXPECT_EQ(column(bytes, "cardinality(san)"), "10000");
  // Each is found by its name.
  for (const char* name : {"host-0.example.org", "host-9999.example.org"})
    EXPECT_EQ(column(bytes, "names @> ARRAY['" + std::string(name) + "']"), "t");
}

TEST_F(RoundTrip, EveryCertificateOfTheCorpus) {
  const auto corpus = ::tests::corpus_path(TAPSEAL_CORPUS_DEFAULT);
  if (!corpus) GTEST_SKIP() << "no corpus: set TAPSEAL_CORPUS";
  std::map<std::string, DerBytes> files;
  for (const auto& entry : std::filesystem::directory_iterator(*corpus / "x509" / "der"))
    files[entry.path().filename().string()] = ::tests::read_file(entry.path());
  ASSERT_GT(files.size(), 100U);
  std::vector<DerBytes> ders;
  for (const auto& [name, bytes] : files)
    ders.push_back(bytes);
  store(ders);
  for (const auto& [name, bytes] : files)
    expect_same(bytes, name);
  EXPECT_EQ(must_query(database_, "SELECT count(*) FROM certificate WHERE sha256(der) <> sha256"),
            "0");
  std::printf("%zu certificates of the corpus came back byte for byte\n", files.size());
}

}  // namespace
}  // namespace control::tests
