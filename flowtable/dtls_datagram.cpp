// SPDX-License-Identifier: Apache-2.0
#include "flowtable/dtls_datagram.hpp"

#include "flowtable/record_type.hpp"

#include <algorithm>

namespace flowtable {
namespace {

constexpr uint8_t kConnectionId = 25;  // RFC 9146 section 4: only ever encrypted
constexpr uint8_t kTypeMin = 20, kTypeMax = 26;
constexpr uint8_t kClientHello = 1, kServerHello = 2, kHelloVerifyRequest = 3;
constexpr size_t kFragmentHeaderBytes = 12;

struct RecordHeader {
  uint8_t type = 0;
  uint16_t epoch = 0;
  uint16_t length = 0;
};

struct FragmentHeader {
  uint8_t type = 0;
  uint32_t length = 0;
  uint16_t message_seq = 0;
  uint32_t offset = 0;
  uint32_t fragment_length = 0;
};

// 0x0100: OpenSSL before 0.9.8f, and Cisco's AnyConnect until today.
bool is_version(uint16_t version) noexcept {
  return version == 0xfeff || version == 0xfefd || version == 0xfefc || version == 0x0100;
}

// RFC 9147 section 4: the unified header begins with the bits 001.
bool is_unified_header(Bytes bytes) noexcept {
  return !bytes.empty() && (bytes[0] & 0xe0) == 0x20;
}

bool read_record(ByteReader& reader, RecordHeader& out) noexcept {
  uint16_t version = 0, seq_high = 0;
  uint32_t seq_low = 0;
  return reader.u8(out.type) && out.type >= kTypeMin && out.type <= kTypeMax &&
         reader.u16(version) && is_version(version) && reader.u16(out.epoch) &&
         reader.u16(seq_high) && reader.u32(seq_low) && reader.u16(out.length);
}

bool read_fragment(ByteReader& reader, FragmentHeader& out) noexcept {
  return reader.u8(out.type) && reader.u24(out.length) && reader.u16(out.message_seq) &&
         reader.u24(out.offset) && reader.u24(out.fragment_length);
}

// The shortest message of each kind: RFC 6347 section 4.2.1, RFC 5246 section 7.4.1.3.
size_t least_bytes(uint8_t type) noexcept {
  switch (type) {
    case kClientHello:
      return 2 + 32 + 1 + 1 + 2 + 1;
    case kServerHello:
      return 2 + 32 + 1 + 2 + 1;
    default:
      return 2 + 1;
  }
}

void look_at_message(Bytes record, DtlsSight& out) noexcept {
  constexpr size_t kVersionBytes = 2, kRandomBytes = 32;
  ByteReader reader(record);
  FragmentHeader header;
  if (!read_fragment(reader, header)) return;
  if (header.type == kServerHello || header.type == kHelloVerifyRequest) out.server_hello = true;
  if (header.type != kClientHello || header.offset != 0 || out.client_hello) return;
  out.client_hello = true;
  if (header.message_seq == 0 && reader.skip(kVersionBytes))
    (void)reader.take(kRandomBytes, out.client_random);
}

}  // namespace

DtlsSight look_at_dtls(Bytes datagram) noexcept {
  DtlsSight out;
  ByteReader reader(datagram);
  while (!reader.empty()) {
    RecordHeader header;
    if (is_unified_header(reader.rest()) || reader.rest()[0] == kConnectionId) {
      // Its length may be left out, or lies behind a connection id of unknown length.
      out.encrypted = true;
      return out;
    }
    if (!read_record(reader, header)) return out;
    Bytes record;
    (void)reader.take(std::min<size_t>(header.length, reader.size()), record);
    if (header.epoch != 0) {
      out.encrypted = true;
      continue;
    }
    out.clear = true;
    out.clear_bytes = datagram.size() - reader.size();
    if (header.type == RecordType::kHandshake) look_at_message(record, out);
  }
  return out;
}

bool begins_dtls(Bytes datagram, size_t wire_bytes) noexcept {
  constexpr uint32_t kMessageBytesMax = 1 << 16;
  constexpr size_t kRecordHeaderBytes = 13;
  ByteReader reader(datagram);
  RecordHeader record;
  FragmentHeader fragment;
  if (!read_record(reader, record) || record.type != RecordType::kHandshake || record.epoch != 0)
    return false;
  if (kRecordHeaderBytes + record.length > wire_bytes) return false;
  if (!read_fragment(reader, fragment)) return false;
  if (fragment.type < kClientHello || fragment.type > kHelloVerifyRequest) return false;
  if (fragment.length < least_bytes(fragment.type) || fragment.length > kMessageBytesMax) {
    return false;
  }
  if (fragment.fragment_length == 0 || fragment.offset > fragment.length ||
      fragment.fragment_length > fragment.length - fragment.offset ||
      kFragmentHeaderBytes + fragment.fragment_length > record.length) {
    return false;
  }
  uint16_t version = 0;
  return fragment.offset != 0 || !reader.u16(version) || is_version(version);
}

Bytes without_capwap(Bytes datagram) noexcept {
  constexpr uint8_t kVersionZeroDtls = 0x01;
  uint8_t version_and_type = 0;
  uint32_t reserved = 0;
  ByteReader reader(datagram);
  if (!reader.u8(version_and_type) || version_and_type != kVersionZeroDtls) return datagram;
  if (!reader.u24(reserved) || reserved != 0) return datagram;
  const Bytes rest = reader.rest();
  return !rest.empty() && rest[0] >= kTypeMin && rest[0] <= kTypeMax ? rest : datagram;
}

}  // namespace flowtable
