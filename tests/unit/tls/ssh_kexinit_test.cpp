// SPDX-License-Identifier: Apache-2.0
#include "tls/wire/ssh_kexinit.hpp"

#include "tests/support/ssh_builder.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace tls {
namespace {

using flowtable::Bytes;
using tests::ByteVector;
using tests::ByteWriter;

std::string text_of(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}
ByteVector bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}
// The line found, or the error.
std::string line_of(std::string_view stream) {
  const ByteVector bytes = bytes_of(stream);
  const Parsed<SshIdentification> found = find_ssh_identification(bytes);
  return found.ok() ? text_of(found.value().line) : std::string(meaning_of(found.error()));
}
const std::string kBad(meaning_of(ParseError::ssh_bad));
const std::string kCut(meaning_of(ParseError::truncated));

TEST(SshIdentification, IsTheLineWithoutItsEnd) {
  EXPECT_EQ(line_of("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\nrest"), "SSH-2.0-OpenSSH_9.2p1 Debian-2");
  EXPECT_EQ(line_of("SSH-1.99-Old\nrest"), "SSH-1.99-Old");
}

TEST(SshIdentification, StandsBehindOtherLines) {
  EXPECT_EQ(line_of("Go away\r\n\r\nSSH-like\r\nSSH-2.0-x\r\n"), "SSH-like");
  EXPECT_EQ(line_of("no SSH-2.0-y here\r\nSSH-2.0-x\r\n"), "SSH-2.0-x");
  const ByteVector stream = bytes_of("hi\nSSH-2.0-x\r\nafter");
  EXPECT_EQ(find_ssh_identification(stream).value().end, stream.size() - 5);
}

TEST(SshIdentification, WaitsForItsEndAndNoLonger) {
  EXPECT_EQ(line_of(""), kCut);
  EXPECT_EQ(line_of("SSH-2.0-OpenSSH"), kCut);
  EXPECT_EQ(line_of("other line\r\n"), kCut);
  // RFC 4253 section 4.2: 255 characters with CR LF.
  const std::string longest = "SSH-2.0-" + std::string(245, 'x');
  EXPECT_EQ(line_of(longest + "\r\n"), longest);
  EXPECT_EQ(line_of(longest + "x\r\n"), kBad);
  EXPECT_EQ(line_of(longest + "xxxx"), kBad);
}

TEST(SshIdentification, OtherLinesAreBounded) {
  std::string stream;
  for (size_t i = 0; i + 1 < kSshLinesMax; ++i)
    stream += '\n';
  EXPECT_EQ(line_of(stream + "SSH-2.0-x\r\n"), "SSH-2.0-x");
  EXPECT_EQ(line_of(stream + "\nSSH-2.0-x\r\n"), kBad);
}

TEST(SshKexInit, IsReadListByList) {
  const tests::SshNameLists lists = {"kex",   "keys",  "enc-s", "enc-c", "mac-s",
                                     "mac-c", "com-s", "com-c", "lan-s", "lan-c"};
  const ByteVector packet = tests::ssh_kexinit(lists);
  const Parsed<SshKexInit> parsed = parse_ssh_kexinit(packet);
  ASSERT_TRUE(parsed.ok());
  const SshKexInit& said = parsed.value();
  const tests::SshNameLists found = {
      text_of(said.kex),
      text_of(said.host_keys),
      text_of(said.encryption_to_server),
      text_of(said.encryption_to_client),
      text_of(said.mac_to_server),
      text_of(said.mac_to_client),
      text_of(said.compression_to_server),
      text_of(said.compression_to_client),
      text_of(said.languages_to_server),
      text_of(said.languages_to_client),
  };
  EXPECT_EQ(found, lists);
}

TEST(SshKexInit, IsCutAtEveryLengthButItsOwn) {
  const ByteVector packet = tests::ssh_kexinit(tests::cyberduck_lists());
  for (size_t length = 0; length < packet.size(); ++length) {
    const Parsed<SshKexInit> parsed = parse_ssh_kexinit(Bytes(packet).first(length));
    ASSERT_FALSE(parsed.ok()) << length;
    EXPECT_EQ(parsed.error(), ParseError::truncated) << length;
  }
}

TEST(SshKexInit, MayFollowPacketsThatMeanNothing) {
  const ByteVector ignore = tests::ssh_packet({2, 0, 0, 0, 1, 'x'});
  const ByteVector debug = tests::ssh_packet({4, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  const ByteVector kexinit = tests::ssh_kexinit(tests::cyberduck_lists());
  EXPECT_TRUE(parse_ssh_kexinit(tests::joined({ignore, debug, kexinit})).ok());
  const ByteVector disconnect = tests::ssh_packet({1, 0, 0, 0, 2});
  EXPECT_EQ(parse_ssh_kexinit(tests::joined({disconnect, kexinit})).error(), ParseError::ssh_bad);
}

TEST(SshKexInit, RefusesWhatBreaksItsFormat) {
  const ByteVector payload = tests::ssh_kexinit_payload(tests::cyberduck_lists());
  for (size_t length = 1; length < payload.size(); ++length) {
    const ByteVector cut(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_EQ(parse_ssh_kexinit(tests::ssh_packet(cut)).error(), ParseError::ssh_bad) << length;
  }
  ByteVector longer = payload;
  longer.push_back(0);
  EXPECT_EQ(parse_ssh_kexinit(tests::ssh_packet(longer)).error(), ParseError::left_over);

  const auto with_header = [](uint32_t length, uint8_t padding) {
    return ByteWriter().u16(length >> 16).u16(length & 0xffff).u8(padding).fill(40, 20).out();
  };
  EXPECT_EQ(parse_ssh_kexinit(with_header(20, 3)).error(), ParseError::ssh_bad);
  EXPECT_EQ(parse_ssh_kexinit(with_header(20, 19)).error(), ParseError::ssh_bad);
  EXPECT_EQ(parse_ssh_kexinit(with_header(20, 20)).error(), ParseError::ssh_bad);
  EXPECT_EQ(parse_ssh_kexinit(with_header(0, 4)).error(), ParseError::ssh_bad);
  EXPECT_EQ(parse_ssh_kexinit(with_header(kSshPacketBytesMax, 4)).error(), ParseError::truncated);
  EXPECT_EQ(parse_ssh_kexinit(with_header(kSshPacketBytesMax + 1, 4)).error(),
            ParseError::message_too_large);
}

}  // namespace
}  // namespace tls
