// SPDX-License-Identifier: Apache-2.0
#include "tls/wire/record_reader.hpp"

#include <algorithm>

namespace tls {

namespace {

bool is_known(uint8_t type) noexcept {
  return type >= static_cast<uint8_t>(ContentType::change_cipher_spec) &&
         type <= static_cast<uint8_t>(ContentType::heartbeat);
}

}  // namespace

flowtable::Failure<ParseError> RecordReader::give_up(ParseError error) noexcept {
  reader_ = flowtable::ByteReader();
  return fail(error);
}

Parsed<Record> RecordReader::next() noexcept {
  uint8_t type = 0;
  uint16_t version = 0;
  uint16_t length = 0;
  // A wrong first byte or version is wrong however few bytes follow, so it is said first.
  if (!reader_.u8(type)) return give_up(ParseError::truncated);
  if (!is_known(type)) return give_up(ParseError::record_type_unknown);
  if (!reader_.u16(version)) return give_up(ParseError::truncated);
  if (version < kSsl3 || version > kTls13) return give_up(ParseError::record_version_bad);
  if (!reader_.u16(length)) return give_up(ParseError::truncated);
  if (length > kPayloadBytesMax) return give_up(ParseError::record_too_large);

  Record record;
  record.type = static_cast<ContentType>(type);
  record.version = version;
  record.length = length;
  if (!reader_.take(std::min<size_t>(length, reader_.size()), record.payload)) {
    return give_up(ParseError::truncated);
  }
  return record;
}

}  // namespace tls
