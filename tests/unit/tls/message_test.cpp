// SPDX-License-Identifier: Apache-2.0
#include "tests/support/hello_builder.hpp"
#include "tls/wire/certificate.hpp"
#include "tls/wire/client_hello.hpp"
#include "tls/wire/grease.hpp"
#include "tls/wire/named_group.hpp"
#include "tls/wire/server_hello.hpp"
#include "tls/wire/sslv2_hello.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tls {
namespace {

using tests::ByteVector;
using tests::ByteWriter;

ByteVector some_client_hello() {
  tests::ClientHelloLists lists;
  lists.ciphers = {0x1301, 0x1302, 0xc02f};
  lists.extensions = {0, 10, 11, 13, 16, 43};
  lists.sni = "www.example.org";
  lists.groups = {29, 23};
  lists.point_formats = {0};
  lists.signature_algorithms = {0x0403, 0x0804};
  lists.supported_versions = {0x0304, 0x0303};
  lists.alpn = {"h2", "http/1.1"};
  return tests::client_hello_body(lists);
}

TEST(ClientHello, IsReadFieldByField) {
  const ByteVector body = some_client_hello();
  const Parsed<ClientHello> parsed = parse_client_hello(body);
  ASSERT_TRUE(parsed.ok());
  const ClientHello& hello = parsed.value();
  EXPECT_EQ(hello.legacy_version, kTls12);
  EXPECT_EQ(hello.cipher_suites.size(), 3u);
  EXPECT_EQ(*hello.cipher_suites.begin(), 0x1301);
  EXPECT_EQ(hello.extensions.size(), 6u);
  const auto name = read_server_name(*hello.extensions.find(ExtensionType::server_name));
  ASSERT_TRUE(name.ok() && name.value().has_value());
  EXPECT_EQ(std::string(name.value()->begin(), name.value()->end()), "www.example.org");
  EXPECT_FALSE(hello.extensions.has(ExtensionType::pre_shared_key));
}

TEST(ClientHello, IsRefusedAtEveryLengthButItsOwn) {
  const ByteVector body = some_client_hello();
  // Where the extension block begins, a hello without one ends: that one is legal.
  const size_t without_extensions = 2 + 32 + 1 + 2 + 6 + 2;
  for (size_t length = 0; length < body.size(); ++length) {
    EXPECT_EQ(parse_client_hello(flowtable::Bytes(body).first(length)).ok(),
              length == without_extensions)
        << length;
  }
  ByteVector longer = body;
  longer.push_back(0);
  EXPECT_EQ(parse_client_hello(longer).error(), ParseError::left_over);
}

TEST(ClientHello, RejectsTruncatedExtensionBlock) {
  ByteVector body = tests::client_hello_body({.ciphers = {1}, .extensions = {}});
  body.insert(body.end(), {0, 6, 0, 1, 0, 9, 0, 0});
  EXPECT_EQ(parse_client_hello(body).error(), ParseError::truncated);
}

TEST(ClientHello, RejectsOddCipherListAndLongSessionId) {
  const ByteVector odd =
      ByteWriter().u16(0x0303).fill(32, 0).u8(0).u16(3).fill(3, 0).u8(1).u8(0).out();
  EXPECT_EQ(parse_client_hello(odd).error(), ParseError::list_length_odd);
  EXPECT_EQ(parse_client_hello(tests::client_hello_body({.session_id = ByteVector(33)})).error(),
            ParseError::session_id_too_long);
}

TEST(ClientHello, KeepsRepeatedAndUnknownExtensions) {
  const ByteVector body =
      tests::client_hello_body({.ciphers = {1}, .extensions = {{0x1234, 5, 5, 0x1234}}});
  const Parsed<ClientHello> hello = parse_client_hello(body);
  ASSERT_TRUE(hello.ok());
  EXPECT_EQ(hello.value().extensions.size(), 4u);
}

TEST(ClientHello, HasACookieInDtls) {
  const ByteVector body = ByteWriter()
                              .u16(0xfefd)
                              .fill(32, 0)
                              .u8(0)
                              .u8_prefixed(ByteVector{7, 8})
                              .u16(2)
                              .u16(0xc02b)
                              .u8(1)
                              .u8(0)
                              .out();
  const Parsed<ClientHello> hello = parse_client_hello(body, HelloForm::dtls);
  ASSERT_TRUE(hello.ok());
  EXPECT_EQ(hello.value().cookie.size(), 2u);
  EXPECT_EQ(hello.value().cipher_suites.size(), 1u);
}

TEST(ServerName, IsTheFirstHostNameOrNothing) {
  EXPECT_FALSE(read_server_name({}).value().has_value());
  const ByteVector empty_list{0, 0};
  EXPECT_FALSE(read_server_name(empty_list).value().has_value());
  const ByteVector other_first = ByteWriter()
                                     .u16(9)
                                     .u8(7)
                                     .u16_prefixed(ByteVector{'x'})
                                     .u8(0)
                                     .u16_prefixed(ByteVector{'a', 'b'})
                                     .out();
  ASSERT_TRUE(read_server_name(other_first).value().has_value());
  EXPECT_EQ(read_server_name(other_first).value()->size(), 2u);
  const ByteVector cut{0, 4, 0, 0, 5, 'a'};
  EXPECT_FALSE(read_server_name(cut).ok());
}

TEST(ServerHello, KnowsAHelloRetryRequest) {
  tests::ServerHelloLists lists;
  lists.cipher = 0x1301;
  lists.extensions = {43, 51};
  lists.supported_version = 0x0304;
  lists.group = 29;
  lists.hello_retry = true;
  const ByteVector body = tests::server_hello_body(lists);
  const Parsed<ServerHello> hello = parse_server_hello(body);
  ASSERT_TRUE(hello.ok());
  EXPECT_TRUE(hello.value().is_hello_retry);
  EXPECT_EQ(selected_version(hello.value()), kTls13);
  EXPECT_EQ(read_selected_group(*hello.value().extensions.find(ExtensionType::key_share)).value(),
            29);
}

TEST(ServerHello, IsReadWithoutExtensionsAndInDraftForm) {
  const ByteVector plain = tests::server_hello_body({.version = 0x0300, .cipher = 5});
  EXPECT_EQ(parse_server_hello(plain).value().cipher_suite, 5);
  const ByteVector draft = ByteWriter()
                               .u16(0x7f12)
                               .fill(32, 9)
                               .u16(0x1301)
                               .u16_prefixed(ByteVector{0, 0x28, 0, 0})
                               .out();
  const Parsed<ServerHello> hello = parse_server_hello(draft);
  ASSERT_TRUE(hello.ok());
  EXPECT_EQ(hello.value().cipher_suite, 0x1301);
  EXPECT_EQ(hello.value().extensions.size(), 1u);
}

TEST(ServerHello, IsRefusedAtEveryLengthButItsOwn) {
  const ByteVector body = tests::server_hello_body({.extensions = {{0xff01, 11}}});
  const size_t without_extensions = 2 + 32 + 1 + 2 + 1;
  for (size_t length = 0; length < body.size(); ++length) {
    EXPECT_EQ(parse_server_hello(flowtable::Bytes(body).first(length)).ok(),
              length == without_extensions)
        << length;
  }
}

TEST(CertificateMessage, ListsEntriesOfBothForms) {
  const ByteVector old_form = tests::certificate_body({ByteVector(3, 1), {}, ByteVector(5, 2)});
  const Parsed<CertificateList> list = parse_certificate_message(old_form, CertificateForm::tls12);
  ASSERT_TRUE(list.ok());
  std::vector<size_t> sizes;
  for (const CertificateEntry& entry : list.value())
    sizes.push_back(entry.der.size());
  EXPECT_EQ(sizes, (std::vector<size_t>{3, 0, 5}));

  const ByteVector entry =
      ByteWriter().u24_prefixed(ByteVector(4, 3)).u16_prefixed(ByteVector(6, 4)).out();
  const ByteVector new_form = ByteWriter().u8_prefixed(ByteVector{9}).u24_prefixed(entry).out();
  const Parsed<CertificateList> list13 =
      parse_certificate_message(new_form, CertificateForm::tls13);
  ASSERT_TRUE(list13.ok());
  EXPECT_EQ(list13.value().size(), 1u);
  EXPECT_EQ(list13.value().begin()->extensions.size(), 6u);
  EXPECT_EQ(list13.value().request_context().size(), 1u);
}

TEST(CertificateMessage, KeepsWhatCameBeforeABreak) {
  ByteVector body = tests::certificate_body({ByteVector(3, 1), ByteVector(5, 2)});
  body[3 + 3 + 3 + 2] = 200;  // length of the second entry
  const Parsed<CertificateList> list = parse_certificate_message(body, CertificateForm::tls12);
  ASSERT_TRUE(list.ok());
  EXPECT_EQ(list.value().size(), 1u);
  EXPECT_FALSE(list.value().whole());
}

TEST(SslV2Hello, IsReadWithItsSpecs) {
  const ByteVector record = ByteWriter()
                                .u8(1)
                                .u16(0x0301)
                                .u16(6)
                                .u16(0)
                                .u16(16)
                                .bytes(ByteVector{0, 0, 0x39, 1, 0, 0x80})
                                .fill(16, 7)
                                .out();
  ByteVector stream = ByteWriter().u16(0x8000 | record.size()).bytes(record).out();
  stream.push_back(22);
  ASSERT_TRUE(is_sslv2_hello(stream));
  const Parsed<SslV2Hello> hello = parse_sslv2_hello(stream);
  ASSERT_TRUE(hello.ok());
  EXPECT_EQ(hello.value().version, kTls10);
  EXPECT_EQ(hello.value().cipher_specs.size(), 6u);
  EXPECT_EQ(hello.value().record_bytes, stream.size() - 1);
  for (size_t length = 0; length + 1 < stream.size(); ++length)
    EXPECT_FALSE(parse_sslv2_hello(flowtable::Bytes(stream).first(length)).ok());
}

TEST(Grease, IsSixteenValues) {
  int count = 0;
  for (uint32_t value = 0; value <= 0xffff; ++value)
    count += is_grease(static_cast<uint16_t>(value)) ? 1 : 0;
  EXPECT_EQ(count, 16);
  EXPECT_TRUE(is_grease(0xfafa));
  EXPECT_FALSE(is_grease(0xeeee));
  EXPECT_FALSE(is_grease(0x0a1a));
}

TEST(ParseError, HasAMeaningEach) {
  for (int i = 0; i < static_cast<int>(ParseError::count_); ++i)
    EXPECT_FALSE(meaning_of(static_cast<ParseError>(i)).empty());
}

// IANA, "TLS Supported Groups".
TEST(NamedGroup, KnowsTheRegistry) {
  for (const auto& [code, name] : std::initializer_list<std::pair<uint16_t, std::string_view>>{
           {0x0017, "secp256r1"},
           {0x001d, "x25519"},
           {0x0104, "ffdhe8192"},
           {0x11eb, "SecP256r1MLKEM768"},
           {0x11ec, "X25519MLKEM768"},
           {0x11ed, "SecP384r1MLKEM1024"},
           {0x6399, "X25519Kyber768Draft00"}}) {
    const NamedGroup* const group = find_named_group(code);
    ASSERT_NE(group, nullptr) << code;
    EXPECT_EQ(group->name, name);
    EXPECT_EQ(is_post_quantum(code), code > 0x104) << code;
  }
  EXPECT_EQ(find_named_group(0), nullptr);
  EXPECT_EQ(find_named_group(0xffff), nullptr);
  EXPECT_FALSE(is_post_quantum(0x2a2b));
}

}  // namespace
}  // namespace tls
