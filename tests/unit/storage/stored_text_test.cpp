// SPDX-License-Identifier: Apache-2.0
#include "control/storage/stored_text.hpp"

#include "control/storage/query_term.hpp"
#include "tests/unit/storage/observations.hpp"
#include "tls/digest/digest.hpp"

#include <gtest/gtest.h>

namespace control::tests {
namespace {

TEST(StoredText, KeepsPrintableUtf8) {
  for (const std::string text : {"www.example.net", "b\u00fccher.example", "\u4f8b\u3048",
                                 "\U0001f512", "back\\slash", ""}) {
    EXPECT_EQ(stored_text(text), text);
  }
}

// The corpus writes bytes that are not printable UTF-8 as \xHH.
TEST(StoredText, EscapesWhatIsNotPrintableUtf8) {
  EXPECT_EQ(stored_text(std::string_view("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(stored_text("\x7f\x1f\n"), "\\x7f\\x1f\\x0a");
  EXPECT_EQ(stored_text("\xff\xfe"), "\\xff\\xfe");
  EXPECT_EQ(stored_text("\xc3"), "\\xc3");                             // cut short
  EXPECT_EQ(stored_text("\xc0\x80"), "\\xc0\\x80");                    // overlong NUL
  EXPECT_EQ(stored_text("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // surrogate
  EXPECT_EQ(stored_text("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // beyond U+10FFFF
  EXPECT_EQ(stored_text("\xc2\x85"), "\\xc2\\x85");  // U+0085, a control character
  EXPECT_EQ(stored_text("x\x80y"), "x\\x80y");
}

TEST(StoredText, CutsWhatAnIndexCannotHoldAndKeepsItDistinct) {
  const std::string long_name(5000, 'a');
  EXPECT_EQ(indexed_text("short"), "short");
  EXPECT_EQ(indexed_text(std::string(kIndexedTextMax, 'a')), std::string(kIndexedTextMax, 'a'));
  EXPECT_LE(indexed_text(long_name).size(), kIndexedTextMax);
  EXPECT_NE(indexed_text(long_name), indexed_text(long_name + "b"));
  // Two bytes per character: the cut falls between characters wherever it falls.
  for (size_t lead = 0; lead < 4; ++lead) {
    std::string wide(lead, 'x');
    while (wide.size() < 3000)
      wide += "\u00fc";
    EXPECT_EQ(stored_text(indexed_text(wide)), indexed_text(wide));
  }
}

TEST(StoredText, WritesNamesInTheOrderOfTheDer) {
  const std::vector<tls::NameAttribute> name = {
      {"2.5.4.6", "US"}, {"2.5.4.10", "Acme, \"Inc\""}, {"1.2.3.4", " x "}, {"2.5.4.3", "#a+b"}};
  EXPECT_EQ(name_text(name), "C=US, O=Acme\\, \\\"Inc\\\", 1.2.3.4=\\ x\\ , CN=\\#a\\+b");
}

TEST(StoredText, CollectsNamesToLookUp) {
  auto facts = *certificate(1, "WWW.Example.net");
  facts.san = {"DNS:www.example.net", "DNS:*.Example.net", "IP:192.0.2.7", "URI:https://x/"};
  EXPECT_EQ(lookup_names(facts),
            (std::vector<std::string>{"*.example.net", "192.0.2.7", "www.example.net"}));
}

// FIPS 180-4 example messages (NIST, "Examples with Intermediate Values"), and a block boundary.
TEST(Sha256, MatchesTheStandardsExamples) {
  const auto digest = [](const std::string& text) {
    return hex_text(tls::sha256(std::vector<uint8_t>(text.begin(), text.end())));
  };
  EXPECT_EQ(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(digest(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(QueryTerm, RecognisesWhatPeopleType) {
  const auto kind = [](std::string_view word) { return parse_terms(word)[0].kind; };
  EXPECT_EQ(kind("192.0.2.1"), TermKind::address);
  EXPECT_EQ(kind("2001:DB8::1"), TermKind::address);
  EXPECT_EQ(parse_terms("192.0.2.1:443")[0].kind, TermKind::service);
  EXPECT_EQ(parse_terms("[2001:DB8::1]:443")[0].value, "2001:db8::1 443");
  EXPECT_EQ(kind("192.0.2.1:65536"), TermKind::name);
  EXPECT_EQ(kind("2001:db8::1:443"), TermKind::address);  // no brackets: all of it is the address
  EXPECT_EQ(kind("10.0.0.0/8"), TermKind::network);
  EXPECT_EQ(kind("2001:db8::/32"), TermKind::network);
  EXPECT_EQ(kind("10.0.0.0/33"), TermKind::name);
  EXPECT_EQ(kind("10.0.0/8"), TermKind::name);
  EXPECT_EQ(kind("t13d1516h2_8daaf6152771_e5627efa2ab1"), TermKind::ja4);
  EXPECT_EQ(kind("5d41402abc4b2a76b9719d911017c592"), TermKind::md5);
  EXPECT_EQ(kind("www.example.net"), TermKind::name);
  EXPECT_EQ(kind("deadbeef"), TermKind::serial);
  EXPECT_EQ(parse_terms("deadbeef").back().kind, TermKind::words);
  EXPECT_EQ(kind("*.Example.org"), TermKind::suffix);
  EXPECT_EQ(parse_terms("*.Example.org")[0].value, "example.org");
  EXPECT_EQ(kind("t130200_1301_234ea6891581"), TermKind::ja4s);
  EXPECT_EQ(parse_terms("Corp CA").back().value, "Corp CA");
  EXPECT_EQ(kind(""), TermKind::name);
  EXPECT_EQ(kind(std::string(40, 'a')), TermKind::sha1);
  EXPECT_EQ(kind(std::string(64, 'F')), TermKind::sha256);
  EXPECT_EQ(parse_terms("AA:BB:" + std::string(36, '0'))[0].value, "aabb" + std::string(36, '0'));
}

}  // namespace
}  // namespace control::tests
