// SPDX-License-Identifier: Apache-2.0
#include "tls/wire/ssh_kexinit.hpp"

#include <algorithm>
#include <iterator>

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

constexpr uint8_t kPrefix[] = {'S', 'S', 'H', '-'};

// RFC 4250 section 4.1.2.
constexpr uint8_t kIgnore = 2;
constexpr uint8_t kDebug = 4;
constexpr uint8_t kKexInit = 20;

bool begins_identification(Bytes line) noexcept {
  return line.size() >= std::size(kPrefix) &&
         std::equal(std::begin(kPrefix), std::end(kPrefix), line.begin());
}

// An old server ends its lines with LF alone.
Bytes without_cr(Bytes line) noexcept {
  return !line.empty() && line.back() == '\r' ? line.first(line.size() - 1) : line;
}

// RFC 4253 section 6: length, length of the padding, payload, padding. No MAC before the keys.
Parsed<Bytes> next_payload(ByteReader& packets) noexcept {
  constexpr uint32_t kPaddingBytesMin = 4;
  uint32_t length = 0;
  Bytes packet;
  if (!packets.u32(length)) return fail(ParseError::truncated);
  if (length > kSshPacketBytesMax) return fail(ParseError::message_too_large);
  if (!packets.take(length, packet)) return fail(ParseError::truncated);
  ByteReader reader(packet);
  uint8_t padding = 0;
  Bytes payload;
  if (!reader.u8(padding) || padding < kPaddingBytesMin || reader.size() < padding ||
      !reader.take(reader.size() - padding, payload) || payload.empty()) {
    return fail(ParseError::ssh_bad);
  }
  return payload;
}

bool read_names(ByteReader& reader, Bytes& names) noexcept {
  uint32_t length = 0;
  return reader.u32(length) && reader.take(length, names);
}

Parsed<SshKexInit> parse_payload(Bytes payload) noexcept {
  constexpr size_t kCookieBytes = 16;
  constexpr size_t kReservedBytes = 4;
  ByteReader reader(payload);
  SshKexInit out;
  Bytes* const lists[] = {&out.kex,
                          &out.host_keys,
                          &out.encryption_to_server,
                          &out.encryption_to_client,
                          &out.mac_to_server,
                          &out.mac_to_client,
                          &out.compression_to_server,
                          &out.compression_to_client,
                          &out.languages_to_server,
                          &out.languages_to_client};
  if (!reader.skip(1 + kCookieBytes)) return fail(ParseError::ssh_bad);
  for (Bytes* const names : lists)
    if (!read_names(reader, *names)) return fail(ParseError::ssh_bad);
  uint8_t first_packet_follows = 0;
  if (!reader.u8(first_packet_follows) || !reader.skip(kReservedBytes)) {
    return fail(ParseError::ssh_bad);
  }
  if (!reader.empty()) return fail(ParseError::left_over);
  return out;
}

}  // namespace

Parsed<SshIdentification> find_ssh_identification(Bytes stream) noexcept {
  size_t begin = 0;
  for (size_t lines = 0; lines < kSshLinesMax; ++lines) {
    const Bytes rest = stream.subspan(begin);
    const auto end = std::find(rest.begin(), rest.end(), uint8_t{'\n'});
    const auto length = static_cast<size_t>(end - rest.begin());
    if (begins_identification(rest) && length >= kSshLineBytesMax) return fail(ParseError::ssh_bad);
    if (end == rest.end()) return fail(ParseError::truncated);
    const Bytes line = rest.first(length);
    begin += length + 1;
    if (begins_identification(line)) return SshIdentification{without_cr(line), begin};
  }
  return fail(ParseError::ssh_bad);
}

Parsed<SshKexInit> parse_ssh_kexinit(Bytes packets) noexcept {
  ByteReader reader(packets);
  while (true) {
    const Parsed<Bytes> payload = next_payload(reader);
    if (!payload.ok()) return fail(payload.error());
    const uint8_t type = payload.value()[0];
    if (type == kKexInit) return parse_payload(payload.value());
    if (type != kIgnore && type != kDebug) return fail(ParseError::ssh_bad);
  }
}

}  // namespace tls
