// SPDX-License-Identifier: Apache-2.0
#include "control/filter/filter_term.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace control {
namespace {

std::string error_of(std::string_view text) {
  const auto term = parse_filter_term(text);
  return term.ok() ? "no error" : term.error().message;
}

TEST(FilterTerm, ReadsFieldValuesAndNegation) {
  const auto term = parse_filter_term("-port:443,0x20fb");
  ASSERT_TRUE(term.ok());
  EXPECT_EQ(term.value().field->name, "port");
  EXPECT_TRUE(term.value().negated);
  EXPECT_EQ(term.value().comparison, FilterComparison::is);
  ASSERT_EQ(term.value().values.size(), 2u);
  EXPECT_EQ(term.value().values[0].number, 443u);
  EXPECT_EQ(term.value().values[1].number, 8443u);
}

TEST(FilterTerm, ReadsComparisons) {
  for (const auto& [text, comparison] : {std::pair{"version<1.2", FilterComparison::less},
                                         {"version<=1.2", FilterComparison::at_most},
                                         {"version>1.2", FilterComparison::greater},
                                         {"version>=1.2", FilterComparison::at_least},
                                         {"version:1.2", FilterComparison::is}}) {
    const auto term = parse_filter_term(text);
    ASSERT_TRUE(term.ok()) << text;
    EXPECT_EQ(term.value().comparison, comparison) << text;
    EXPECT_EQ(term.value().values[0].number, 3u) << text;
  }
}

TEST(FilterTerm, TakesAColonInsideAValueAsPartOfIt) {
  const auto term = parse_filter_term("server:2001:db8::/32,::1");
  ASSERT_TRUE(term.ok());
  ASSERT_EQ(term.value().values.size(), 2u);
  EXPECT_EQ(term.value().values[0].prefix.bits, 32);
}

TEST(FilterTerm, SaysWhereItGoesWrongAndHowToMendIt) {
  EXPECT_EQ(
      error_of("port:44x"),
      "filter `port:44x`, character 6: found `44x`; allowed is a number from 0 to 65535, such "
      "as port:443,8443");
  EXPECT_EQ(error_of("port:443,70000"),
            "filter `port:443,70000`, character 10: found `70000`; allowed is a number from 0 to "
            "65535, such as port:443,8443");
  EXPECT_EQ(error_of("sni=a"),
            "filter `sni=a`, character 4: `:` and a value are missing; such as sni:*.example.org");
  EXPECT_EQ(error_of("-serve:::1"),
            "filter `-serve:::1`, character 2: `serve` is no field; did you mean `server`?");
  EXPECT_EQ(error_of("sni<a"),
            "filter `sni<a`, character 4: `<` has no meaning for sni; such as sni:*.example.org");
  EXPECT_EQ(error_of("version<1.2,1.3"),
            "filter `version<1.2,1.3`, character 12: a comparison takes one value");
  EXPECT_EQ(error_of("complete:maybe"),
            "filter `complete:maybe`, character 10: found `maybe`; allowed is yes or no, such as "
            "complete:no");
  EXPECT_EQ(error_of("transport:quik"),
            "filter `transport:quik`, character 11: found `quik`; allowed is tcp, quic, dtls, such "
            "as transport:quic");
  EXPECT_EQ(error_of("server:10.0.0.0/33"),
            "filter `server:10.0.0.0/33`, character 8: found `10.0.0.0/33`; allowed is an IP "
            "address or a network, such as server:192.0.2.1,2001:db8::/32");
  EXPECT_NE(error_of("cert:abc").find("8 to 64 hexadecimal digits"), std::string::npos);
  EXPECT_NE(error_of("sni:").find("character 5: a value is missing"), std::string::npos);
  EXPECT_NE(error_of("").find("character 1: a field is missing"), std::string::npos);
  EXPECT_NE(error_of("www.example.org").find("fields are sni, client,"), std::string::npos);
  EXPECT_NE(error_of("missing:none").find("allowed is client_hello_missing,"), std::string::npos);
}

TEST(FilterTerm, ReadsTheExampleOfEveryField) {
  std::set<std::string_view> names;
  for (const FilterField& field : filter_fields()) {
    EXPECT_TRUE(names.insert(field.name).second) << field.name;
    const auto term = parse_filter_term(field.example);
    ASSERT_TRUE(term.ok()) << field.example << ": " << term.error().message;
    EXPECT_EQ(term.value().field, &field);
    EXPECT_EQ(find_filter_field(field.name), &field);
    EXPECT_FALSE(field.help.empty());
    EXPECT_EQ(field.form == FilterForm::word, !field.words.empty()) << field.name;
  }
}

TEST(FilterTerm, BoundsItsValues) {
  std::string text = "port:1";
  for (int i = 1; i < 64; ++i)
    text += ",1";
  EXPECT_TRUE(parse_filter_term(text).ok());
  EXPECT_NE(error_of(text + ",1").find("more than 64 values"), std::string::npos);
}

// A pattern as a table says it: what is described by the rest of it and the rest of the text.
bool model(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    return model(pattern.substr(1), text) || (!text.empty() && model(pattern, text.substr(1)));
  }
  return !text.empty() && pattern[0] == text[0] && model(pattern.substr(1), text.substr(1));
}

TEST(FitsPattern, AgreesWithItsModel) {
  std::mt19937 random(7);
  const auto word = [&](std::string_view letters, size_t size_max) {
    std::string out(random() % (size_max + 1), 'x');
    for (char& c : out)
      c = letters[random() % letters.size()];
    return out;
  };
  int fitting = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string pattern = word("ab*", 6);
    const std::string text = word("ab", 8);
    const bool fits = fits_pattern(pattern, text);
    EXPECT_EQ(fits, model(pattern, text)) << pattern << ' ' << text;
    fitting += fits ? 1 : 0;
  }
  EXPECT_GT(fitting, 1000);
}

TEST(FitsPattern, TakesLettersAlikeAndEndsInTimeOnHardOnes) {
  EXPECT_TRUE(fits_pattern("*.example.org", "WWW.Example.ORG"));
  EXPECT_FALSE(fits_pattern("*.example.org", "example.org"));
  const std::string stars = "*a*a*a*a*a*a*a*a*a*a*b";
  EXPECT_FALSE(fits_pattern(stars, std::string(60'000, 'a')));
  EXPECT_TRUE(contains_part("encrypt", "Let's Encrypt R3"));
  EXPECT_FALSE(contains_part("encrypts", "Let's Encrypt R3"));
}

TEST(VersionRank, OrdersTlsAndDtlsTogether) {
  EXPECT_EQ(version_rank(0x0300), 0u);
  EXPECT_EQ(version_rank(0x0301), 1u);
  EXPECT_EQ(version_rank(0xfeff), version_rank(0x0302));
  EXPECT_EQ(version_rank(0xfefd), version_rank(0x0303));
  EXPECT_EQ(version_rank(0xfefc), version_rank(0x0304));
  EXPECT_EQ(version_rank(0x7f1c), version_rank(0x0304));
}

TEST(AddressPrefix, HoldsWhatBeginsLikeIt) {
  const auto address = [](std::string_view text) { return parse_address_prefix(text)->address; };
  const auto holds = [&](std::string_view prefix, std::string_view one) {
    return parse_address_prefix(prefix)->holds(address(one));
  };
  EXPECT_TRUE(holds("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(holds("192.0.2.128/25", "192.0.2.200"));
  EXPECT_FALSE(holds("192.0.2.128/25", "192.0.2.100"));
  EXPECT_TRUE(holds("0.0.0.0/0", "203.0.113.1"));
  EXPECT_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(holds("2001:db8::/32", "2001:db8:ffff::1"));
  EXPECT_FALSE(holds("2001:db8::/33", "2001:db8:ffff::1"));
  for (const char* const bad : {"", "10.0.0", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "::/129"})
    EXPECT_FALSE(parse_address_prefix(bad)) << bad;
}

}  // namespace
}  // namespace control
