// SPDX-License-Identifier: Apache-2.0
// Published vectors: a hello is built from the raw lists, and must give the raw string back and the
// published hash.
#include "tests/support/hello_builder.hpp"
#include "tls/fingerprint/ja4.hpp"
#include "tls/fingerprint/method.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

namespace tls {
namespace {

using tests::ClientHelloLists;

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (c == separator) {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

std::vector<uint16_t> numbers(const std::string& text, char separator, int base) {
  std::vector<uint16_t> out;
  if (text.empty()) return out;
  for (const std::string& number : split(text, separator))
    out.push_back(static_cast<uint16_t>(std::stoul(number, nullptr, base)));
  return out;
}

Fingerprint of(const std::string& method, const ClientHelloLists& lists,
               Transport transport = Transport::tcp) {
  const tests::ByteVector body = tests::client_hello_body(lists);
  const Parsed<ClientHello> hello = parse_client_hello(body);
  EXPECT_TRUE(hello.ok());
  return find_method(method)->of_client(hello.value(), transport);
}

Fingerprint of_server(const std::string& method, const tests::ServerHelloLists& lists,
                      Transport transport = Transport::tcp) {
  const tests::ByteVector body = tests::server_hello_body(lists);
  const Parsed<ServerHello> hello = parse_server_hello(body);
  EXPECT_TRUE(hello.ok());
  return find_method(method)->of_server(hello.value(), transport);
}

struct RawVector {
  std::string raw;
  std::string hash;
};

class Ja3Vectors : public testing::TestWithParam<RawVector> {};

TEST_P(Ja3Vectors, HaveThePublishedHash) {
  const std::vector<std::string> fields = split(GetParam().raw, ',');
  ASSERT_EQ(fields.size(), 5u);
  ClientHelloLists lists;
  lists.version = static_cast<uint16_t>(std::stoul(fields[0]));
  lists.ciphers = numbers(fields[1], '-', 10);
  if (!fields[2].empty()) lists.extensions = numbers(fields[2], '-', 10);
  lists.groups = numbers(fields[3], '-', 10);
  for (const uint16_t format : numbers(fields[4], '-', 10))
    lists.point_formats.push_back(static_cast<uint8_t>(format));
  lists.supported_versions = {0x0304};
  const Fingerprint got = of("ja3", lists);
  EXPECT_EQ(got.raw, GetParam().raw);
  EXPECT_EQ(got.hash, GetParam().hash);
}

INSTANTIATE_TEST_SUITE_P(
    Published, Ja3Vectors,
    testing::Values(
        RawVector{"769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0",
                  "ada70206e40642a3e4461f35503241d5"},
        RawVector{"769,4-5-10-9-100-98-3-6-19-18-99,,,", "de350869b8c85de67a350c8d186f11e6"},
        RawVector{"768,49172-49162-57-56-136-135-49167-49157-53-132-49170-49160-22-19-49165-49155-"
                  "10-49171-49161-51-50-154-153-69-68-49166-49156-47-150-65-7-49169-49159-49164-"
                  "49154-5-4-21-18-9-20-17-8-6-3-255,,,",
                  "f917ae2520ef9784557b0a3c02489c2c"},
        RawVector{"771,4865-4866-4867-49195-49199-49196-49200-52393-52392-49171-49172-156-157-47-"
                  "53,13-18-45-27-65037-43-51-0-11-35-5-23-16-10-65281-17513,4588-29-23-24,0",
                  "35708a08e7be9f7aa5bce7f2d5c1cecb"},
        RawVector{"771,4865-4866-4867,0-10-16-13-51-45-43-57-27-17513-41,29-23-24,",
                  "ddfef2ad23ab6dd55307813c2d0b7d58"},
        RawVector{"769,57-56-136-135-53-132-22-19-10-51-50-154-153-69-68-47-150-65-5-4-21-18-9-20-"
                  "17-8-6-3-255,35,,",
                  "fab507fe132c544e8a0eb7c394affeae"}));

class Ja3sVectors : public testing::TestWithParam<RawVector> {};

TEST_P(Ja3sVectors, HaveThePublishedHash) {
  const std::vector<std::string> fields = split(GetParam().raw, ',');
  tests::ServerHelloLists lists;
  lists.version = static_cast<uint16_t>(std::stoul(fields[0]));
  lists.cipher = static_cast<uint16_t>(std::stoul(fields[1]));
  lists.extensions = numbers(fields[2], '-', 10);
  const Fingerprint got = of_server("ja3s", lists);
  EXPECT_EQ(got.raw, GetParam().raw);
  EXPECT_EQ(got.hash, GetParam().hash);
}

INSTANTIATE_TEST_SUITE_P(
    Published, Ja3sVectors,
    testing::Values(RawVector{"771,4866,51-43", "907bf3ecef1c987c889946b737b43de8"},
                    RawVector{"768,49169,65281", "59e3f99fd4b68388f5ba9349e0ca71a4"},
                    RawVector{"769,5,65281-35", "6b96cf9c27b0223177b0e9f135fe4899"}));

// A hello that has the given JA4_r: SNI and ALPN extensions, which the raw form leaves out, are
// added where part a tells of them.
ClientHelloLists lists_of_ja4_raw(const std::string& raw) {
  const std::vector<std::string> parts = split(raw, '_');
  const std::string& a = parts[0];
  ClientHelloLists lists;
  lists.ciphers = numbers(parts[1], ',', 16);
  std::vector<uint16_t> extensions = numbers(parts[2], ',', 16);
  if (parts.size() > 3) lists.signature_algorithms = numbers(parts[3], ',', 16);
  const std::string version = a.substr(1, 2);
  const uint16_t number = version == "13"   ? 0x0304
                          : version == "12" ? 0x0303
                          : version == "10" ? 0x0301
                          : version == "s3" ? 0x0300
                          : version == "d2" ? 0xfefd
                                            : 0x0100;
  lists.version = number == 0x0304 ? 0x0303 : number;
  lists.supported_versions = {0x0303, 0x2a2a, number};
  if (a[3] == 'd') extensions.insert(extensions.begin(), 0);
  if (a.substr(8) != "00") extensions.push_back(16);
  lists.alpn = {a.substr(8) == "s1" ? "spdy/3.1" : a.substr(8), "http/1.1"};
  // GREASE at all the places it is used.
  lists.ciphers.insert(lists.ciphers.begin(), 0x1a1a);
  lists.signature_algorithms.insert(lists.signature_algorithms.begin(), 0xfafa);
  if (!extensions.empty()) {
    extensions.push_back(0x0a0a);
    lists.extensions = extensions;
  }
  return lists;
}

Transport transport_of(const std::string& fingerprint) {
  return fingerprint[0] == 'q'   ? Transport::quic
         : fingerprint[0] == 'd' ? Transport::dtls
                                 : Transport::tcp;
}

class Ja4Vectors : public testing::TestWithParam<RawVector> {};

TEST_P(Ja4Vectors, HaveThePublishedHash) {
  const Fingerprint got = of("ja4", lists_of_ja4_raw(GetParam().raw), transport_of(GetParam().raw));
  EXPECT_EQ(got.raw, GetParam().raw);
  EXPECT_EQ(got.hash, GetParam().hash);
}

INSTANTIATE_TEST_SUITE_P(
    Published, Ja4Vectors,
    testing::Values(
        RawVector{
            "t13d1516h2_002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9_"
            "0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01_0403,0804,0401,"
            "0503,0805,0501,0806,0601",
            "t13d1516h2_8daaf6152771_e5627efa2ab1"},
        RawVector{
            "t13d1715h2_002f,0035,009c,009d,1301,1302,1303,c009,c00a,c013,c014,c02b,c02c,c02f,c030,"
            "cca8,cca9_0005,000a,000b,000d,0015,0017,001c,0022,0023,002b,002d,0033,ff01_0403,0503,"
            "0603,0804,0805,0806,0401,0501,0601,0203,0201",
            "t13d1715h2_5b57614c22b0_3d5424432f57"},
        RawVector{
            "t12d4605h2_0004,0005,000a,0016,002f,0033,0035,0039,003c,003d,0041,0045,0067,006b,0081,"
            "0084,0088,009c,009d,009e,009f,00ba,00be,00c0,00c4,00ff,c007,c008,c009,c00a,c011,c012,"
            "c013,c014,c023,c024,c027,c028,c02b,c02c,c02f,c030,cca8,cca9,ccaa,ff85_000a,000b,000d_"
            "0601,0603,efef,0501,0503,0401,0403,eeee,eded,0301,0303,0201,0203",
            "t12d4605h2_85626a9a5f7f_aaf95bb78ec9"},
        RawVector{"q13d0310h3_1301,1302,1303_000a,000d,001b,002b,002d,0033,0039,4469_0403,0804,"
                  "0401,0503,0805,0501,0806,0601,0201",
                  "q13d0310h3_55b375c5d22e_cd85d2d88918"},
        RawVector{"t10d230100_0003,0004,0005,0006,0008,0009,000a,0011,0012,0013,0014,0015,0016,"
                  "002f,0032,0033,0035,0038,0039,0096,0099,009a,00ff_",
                  "t10d230100_6a57a6f57151_000000000000"},
        RawVector{"dd2i030300_c037,c0a8,c0ff_000a,000b,0100",
                  "dd2i030300_f7e428980f70_6c817ce3d217"},
        RawVector{"d00i270000_0003,0004,0005,0006,0007,0008,0009,000a,0011,0012,0013,0014,0015,"
                  "0016,002f,0032,0033,0035,0038,0039,0060,0061,0062,0063,0064,0065,0066_",
                  "d00i270000_fd1a708466c1_000000000000"},
        RawVector{"t12i1810s1_0004,0005,000a,002f,0032,0033,0035,0039,009c,009e,c007,c009,c00a,"
                  "c011,c013,c014,c02b,c02f_0005,000a,000b,000d,0012,0023,3374,7550,ff01_0401,0501,"
                  "0201,0403,0503,0203,0402,0202",
                  "t12i1810s1_27d4652c4487_06a4338d0495"},
        RawVector{
            "t13d1516h2_002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9_"
            "0005,000a,000b,000d,0012,0017,001b,0023,002b,002d,0033,4469,fe0d,ff01_0403,0804,0401,"
            "0503,0805,0501,0806,0601",
            "t13d1516h2_8daaf6152771_02713d6af862"},
        RawVector{
            "q13d0313h3_1301,1302,1303_000a,000d,001b,0029,002a,002b,002d,0033,0039,44cd,fe0d_"
            "0403,0804,0401,0503,0805,0501,0806,0601,0201",
            "q13d0313h3_55b375c5d22e_226f3f127bbe"}));

TEST(Ja4, NamesSsl3WithoutExtensions) {
  ClientHelloLists lists;
  lists.version = 0x0300;
  lists.ciphers = numbers(
      "49172-49162-57-56-136-135-49167-49157-53-132-49170-49160-22-19-49165-49155-10-49171-49161-"
      "51-50-154-153-69-68-49166-49156-47-150-65-7-49169-49159-49164-49154-5-4-21-18-9-20-17-8-6-3-"
      "255",
      '-', 10);
  EXPECT_EQ(of("ja4", lists).hash, "ts3i460000_234845559c90_000000000000");
}

TEST(Ja4, NamesAnUnknownHighestVersion00) {
  // A TLS 1.3 draft: 0x7f12 is the highest of the list.
  ClientHelloLists lists = lists_of_ja4_raw(
      "t13d1815h2_000a,002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cc13,cc14,"
      "cca8,cca9_0005,000a,000b,000d,0012,0015,0017,0023,0028,002b,002d,7550,ff01_0403,0804,0401,"
      "0503,0805,0501,0806,0601,0201");
  lists.supported_versions = {0x7f12, 0x0303};
  EXPECT_EQ(of("ja4", lists).hash, "t00d1815h2_a30347de7a75_2a77702ff8e0");
}

TEST(Ja4, KeepsWireOrderInItsOriginalForm) {
  ClientHelloLists lists;
  lists.ciphers = {0x1301, 0x0a0a, 0x002f};
  lists.extensions = {0x002b, 0x3a3a, 0x0010, 0x000d, 0x0000};
  lists.signature_algorithms = {0x0804, 0x0403};
  lists.supported_versions = {0x0304};
  lists.alpn = {"h2"};
  const Fingerprint got = of("ja4_o", lists);
  EXPECT_EQ(got.raw, "t13d0204h2_1301,002f_002b,0010,000d,0000_0804,0403");
  EXPECT_EQ(of("ja4", lists).raw, "t13d0204h2_002f,1301_000d,002b_0804,0403");
  EXPECT_EQ(got.hash.substr(0, 11), "t13d0204h2_");
}

TEST(Ja4, ReproducesTheOriginalOrderVectorOfItsSpecification) {
  // JA4.md's example, from its capture's wire order.
  ClientHelloLists lists;
  lists.ciphers = numbers(
      "1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035", ',', 16);
  lists.extensions = numbers(
      "001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015", ',', 16);
  lists.signature_algorithms = numbers("0403,0804,0401,0503,0805,0501,0806,0601", ',', 16);
  lists.supported_versions = {0x0304, 0x0303};
  lists.alpn = {"h2"};
  EXPECT_EQ(of("ja4_o", lists).hash, "t13d1516h2_acb858a92679_18f69afefd3d");
}

struct AlpnCase {
  std::string value;
  std::string shown;
};
class Ja4Alpn : public testing::TestWithParam<AlpnCase> {};

TEST_P(Ja4Alpn, ShowsFirstAndLastCharacter) {
  ClientHelloLists lists;
  lists.ciphers = {0x1301};
  lists.extensions = {16};
  lists.alpn = {GetParam().value, "other"};
  EXPECT_EQ(of("ja4", lists).hash.substr(8, 2), GetParam().shown);
}

INSTANTIATE_TEST_SUITE_P(Spec, Ja4Alpn,
                         testing::Values(AlpnCase{"h2", "h2"}, AlpnCase{"http/1.1", "h1"},
                                         AlpnCase{"a", "aa"}, AlpnCase{"H", "HH"},
                                         AlpnCase{"\xab", "ab"}, AlpnCase{"\x20", "20"},
                                         AlpnCase{"\xab\xcd", "ad"}, AlpnCase{"\x20\x61", "21"},
                                         AlpnCase{"\x30\xab", "3b"}, AlpnCase{"\x61\x20", "60"},
                                         AlpnCase{"\x30\x31\xab\xcd", "3d"},
                                         AlpnCase{"\x30\xab\xcd\x31", "01"},
                                         AlpnCase{"\xba\xad", "bd"}, AlpnCase{"", "00"}));

TEST(Ja4, ShowsNoAlpnAs00) {
  ClientHelloLists lists;
  lists.ciphers = {0x1301};
  EXPECT_EQ(of("ja4", lists).hash.substr(8, 2), "00");
  lists.extensions = {16};
  lists.alpn = {};
  EXPECT_EQ(of("ja4", lists).hash.substr(8, 2), "00");
}

TEST(Ja4, FlagsAServerNameWhateverItHolds) {
  ClientHelloLists lists;
  lists.ciphers = {0x1301};
  lists.extensions = {0};
  EXPECT_EQ(of("ja4", lists).hash[3], 'd');  // empty body
  lists.sni = "192.0.2.1";
  EXPECT_EQ(of("ja4", lists).hash[3], 'd');
  lists.extensions = {5};
  EXPECT_EQ(of("ja4", lists).hash[3], 'i');
}

TEST(Ja4, CapsCountsAt99) {
  ClientHelloLists lists;
  lists.ciphers.assign(120, 0x1301);
  lists.extensions = std::vector<uint16_t>(100, 5);
  EXPECT_EQ(of("ja4", lists).hash.substr(0, 10), "t12i999900");
}

TEST(Ja4, HashesEmptyListsToZeros) {
  const Fingerprint got = of("ja4", ClientHelloLists{});
  EXPECT_EQ(got.raw, "t12i000000__");
  EXPECT_EQ(got.hash, "t12i000000_000000000000_000000000000");
}

TEST(Ja4, TakesTheExtensionsVersionEvenIfItIsLower) {
  ClientHelloLists lists;
  lists.ciphers = {0x1301};
  lists.extensions = {43};
  lists.supported_versions = {0x8a8a, 0x0301};
  EXPECT_EQ(of("ja4", lists).hash.substr(1, 2), "10");
  lists.supported_versions = {0x8a8a};
  EXPECT_EQ(of("ja4", lists).hash.substr(1, 2), "00");
}

TEST(Ja4, CountsDtlsVersionsDownwards) {
  ClientHelloLists lists;
  lists.version = 0xfefd;
  lists.ciphers = {0x1301};
  lists.extensions = {43};
  lists.supported_versions = {0x0a0a, 0xfefd, 0xfefc};
  EXPECT_EQ(of("ja4", lists, Transport::dtls).hash.substr(0, 3), "dd3");
}

TEST(Ja4, IsTheSameForEveryExtensionOrder) {
  ClientHelloLists lists = lists_of_ja4_raw("t13d0305h2_1301,1302,1303_000d,002b,0033_0403,0804");
  const Fingerprint first = of("ja4", lists);
  const Fingerprint first_ja3 = of("ja3", lists);
  std::ranges::reverse(*lists.extensions);
  EXPECT_EQ(of("ja4", lists).hash, first.hash);
  EXPECT_NE(of("ja3", lists).hash, first_ja3.hash);
}

TEST(Ja3, DropsGreaseWithoutATrace) {
  ClientHelloLists lists;
  lists.version = 0x0301;
  lists.ciphers = {0x0a0a, 47, 53, 0xfafa};
  lists.extensions = {0x1a1a, 10, 11, 0x2a2a};
  lists.groups = {0x3a3a, 23, 0x4a4a};
  lists.point_formats = {0, 1};
  EXPECT_EQ(of("ja3", lists).raw, "769,47-53,10-11,23,0-1");
}

TEST(Ja4s, HasThePublishedHashes) {
  if (find_method("ja4s") == nullptr) GTEST_SKIP() << "built without the option foxio";
  tests::ServerHelloLists lists;
  lists.cipher = 0xc030;
  lists.extensions = {5, 0x17, 0xff01, 0};
  EXPECT_EQ(of_server("ja4s", lists).raw, "t120400_c030_0005,0017,ff01,0000");
  EXPECT_EQ(of_server("ja4s", lists).hash, "t120400_c030_4e8089b08790");
  lists.cipher = 0x1301;
  lists.extensions = {0x33, 0x2b};
  lists.supported_version = 0x0304;
  EXPECT_EQ(of_server("ja4s", lists).hash, "t130200_1301_234ea6891581");
  lists.extensions = {0x29, 0x33, 0x2b};
  EXPECT_EQ(of_server("ja4s", lists).hash, "t130300_1301_6bbbaf601ed8");
  lists = {};
  lists.cipher = 0xcca9;
  lists.extensions = {0, 0xff01, 11, 16};
  lists.alpn = "h2";
  EXPECT_EQ(of_server("ja4s", lists).hash, "t1204h2_cca9_1428ce7b4018");
  lists = {};
  lists.version = 0xfefd;
  lists.cipher = 0xc0ff;
  lists.extensions = {11, 0x100};
  EXPECT_EQ(of_server("ja4s", lists, Transport::dtls).hash, "dd20200_c0ff_f35a817016e5");
  EXPECT_EQ(of_server("ja4s", {}).hash, "t120000_c02f_000000000000");
}

}  // namespace
}  // namespace tls
