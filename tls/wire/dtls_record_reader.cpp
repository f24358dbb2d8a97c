// SPDX-License-Identifier: Apache-2.0
#include "tls/wire/dtls_record_reader.hpp"

#include <algorithm>

namespace tls {

namespace {

constexpr uint8_t kTypeMin = 20;  // ChangeCipherSpec
constexpr uint8_t kConnectionId = 25;
constexpr uint8_t kTypeMax = 26;  // ACK, RFC 9147 section 7

// RFC 9147 section 4: a unified header begins with the bits 001.
bool is_unified_header(uint8_t first_byte) noexcept {
  return (first_byte & 0xe0) == 0x20;
}

bool is_version(uint16_t version) noexcept {
  return version == kDtls10 || version == kDtls12 || version == kDtls13 ||
         version == kDtlsBeforeRfc;
}

}  // namespace

flowtable::Failure<ParseError> DtlsRecordReader::give_up(ParseError error) noexcept {
  reader_ = flowtable::ByteReader();
  return fail(error);
}

Parsed<DtlsRecord> DtlsRecordReader::next() noexcept {
  DtlsRecord record;
  uint8_t type = 0;
  uint16_t number_high = 0, length = 0;
  uint32_t number_low = 0;
  if (!reader_.u8(type)) return give_up(ParseError::truncated);
  record.type = static_cast<ContentType>(type);
  if (is_unified_header(type) || type == kConnectionId) {
    record.encrypted = true;
    record.length = reader_.size();
    (void)reader_.take(record.length, record.payload);
    return record;
  }
  if (type < kTypeMin || type > kTypeMax) return give_up(ParseError::record_type_unknown);
  if (!reader_.u16(record.version)) return give_up(ParseError::truncated);
  if (!is_version(record.version)) return give_up(ParseError::record_version_bad);
  if (!reader_.u16(record.epoch) || !reader_.u16(number_high) || !reader_.u32(number_low) ||
      !reader_.u16(length)) {
    return give_up(ParseError::truncated);
  }
  if (length > kPayloadBytesMax) return give_up(ParseError::record_too_large);
  record.number = uint64_t{number_high} << 32 | number_low;
  record.encrypted = record.epoch != 0;
  record.length = length;
  (void)reader_.take(std::min<size_t>(length, reader_.size()), record.payload);
  return record;
}

}  // namespace tls
