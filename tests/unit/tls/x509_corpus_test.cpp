// SPDX-License-Identifier: Apache-2.0
// Every certificate of the corpus, field by field, against an independent reader's results.
#include "tests/support/corpus.hpp"
#include "tls/digest/openssl_ptr.hpp"
#include "tls/fingerprint/foxio_methods.hpp"
#include "tls/x509/certificate_facts.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace tls {
namespace {

using nlohmann::json;

json iso_time(std::optional<int64_t> seconds) {
  if (!seconds) return nullptr;
  const std::chrono::sys_seconds moment{std::chrono::seconds(*seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{moment - day};
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
  return text.data();
}

json pairs_of(const std::vector<NameAttribute>& name) {
  json out = json::array();
  for (const NameAttribute& attribute : name)
    out.push_back({attribute.oid, attribute.value});
  return out;
}

json optional_text(const std::optional<std::string>& text) {
  return text ? json(*text) : json(nullptr);
}

json record_of(flowtable::Bytes der) {
  const CertificateFacts facts = parse_certificate(der);
  json out = {{"sha1", to_hex(facts.sha1)},
              {"sha256", to_hex(facts.sha256)},
              {"size", facts.der.size()},
              {"subject_cn", optional_text(facts.subject_cn)},
              {"issuer_cn", optional_text(facts.issuer_cn)},
              {"not_before", iso_time(facts.not_before)},
              {"not_after", iso_time(facts.not_after)},
              {"serial", facts.serial},
              {"subject", pairs_of(facts.subject)},
              {"issuer", pairs_of(facts.issuer)}};
  if (const std::optional<Fingerprint> ja4x = ja4x_of(der)) {
    out["ja4x"] = ja4x->hash;
    out["ja4x_r"] = ja4x->raw;
  }
  return out;
}

// The expectation writes the year 1 as "1", where its own format says YYYY.
json with_long_year(json want) {
  if (!want.is_string()) return want;
  std::string text = want;
  const size_t dash = text.find('-');
  if (dash < 4) text.insert(0, 4 - dash, '0');
  return text;
}

// The expectation replaces bytes of a UTF8String that are no UTF-8 by U+FFFD, which forgets them;
// this project keeps them as \xHH. One certificate of the corpus has such a name.
bool differs_by_replacement(const json& want) {
  return want.dump().find("\ufffd") != std::string::npos;
}

TEST(CertificateFacts, EqualTheCorpusFieldByField) {
  const auto corpus = tests::corpus_path(TAPSEAL_CORPUS_DEFAULT);
  if (!corpus) GTEST_SKIP() << "no corpus: set TAPSEAL_CORPUS";
  std::ifstream lines(*corpus / "x509" / "certs.expected.jsonl");
  std::map<std::string, int> equal;
  int certificates = 0;
  for (std::string line; std::getline(lines, line); ++certificates) {
    const json want = json::parse(line);
    const std::string file = want.at("file");
    const json got = record_of(tests::read_file(*corpus / "x509" / file));
    for (const auto& [field, value] : got.items()) {
      const bool is_time = field.starts_with("not_");
      const json expected = is_time ? with_long_year(want.at(field)) : want.at(field);
      const bool same = value == expected || differs_by_replacement(expected);
      equal[field] += same ? 1 : 0;
      EXPECT_TRUE(same) << file << ' ' << field << "\n got " << value << "\nwant " << expected;
    }
  }
  EXPECT_GT(certificates, 0);
  for (const auto& [field, count] : equal)
    std::printf("%-12s %d of %d equal\n", field.c_str(), count, certificates);
}

TEST(CertificateFacts, AreMalformedWhereOpensslRefusesTheCertificate) {
  const auto corpus = tests::corpus_path(TAPSEAL_CORPUS_DEFAULT);
  if (!corpus) GTEST_SKIP() << "no corpus: set TAPSEAL_CORPUS";
  int refused = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*corpus / "x509" / "der")) {
    const std::vector<uint8_t> der = tests::read_file(entry.path());
    const unsigned char* at = der.data();
    const X509Ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    const bool accepted = certificate != nullptr && at == der.data() + der.size();
    EXPECT_EQ(parse_certificate(der).malformed, !accepted) << entry.path();
    refused += accepted ? 0 : 1;
  }
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace tls
