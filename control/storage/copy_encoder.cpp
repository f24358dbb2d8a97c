// SPDX-License-Identifier: Apache-2.0
#include "control/storage/copy_encoder.hpp"

#include "control/storage/stored_text.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace control {
namespace {

// PostgreSQL manual, COPY: 11-byte signature, 32-bit flags, 32-bit length of the header extension.
constexpr std::string_view kSignature("PGCOPY\n\377\r\n\0", 11);
constexpr uint32_t kNull = 0xffffffff;
constexpr uint16_t kTrailer = 0xffff;

// timestamptz counts from 2000-01-01.
constexpr int64_t kEpochSeconds = 946'684'800;
constexpr int64_t kMicros = 1'000'000;
// PostgreSQL, datatype/timestamp.h: from 4714-11-24 BC, before 294277-01-01; the extremes of the
// type are the infinities.
constexpr int64_t kFirstSecond = -211'813'488'000 + kEpochSeconds;
constexpr int64_t kEndSecond = 9'223'371'331'200 + kEpochSeconds;

// Object identifiers of element types (pg_type.dat); they never change.
constexpr uint32_t kByteaOid = 17;
constexpr uint32_t kInt4Oid = 23;
constexpr uint32_t kTextOid = 25;

// PostgreSQL, utils/inet.h: AF_INET and one more, whatever the platform calls them.
constexpr uint8_t kFamilyV4 = 2;
constexpr uint8_t kFamilyV6 = 3;

}  // namespace

void CopyEncoder::begin() {
  buffer_.append(kSignature);
  put32(0);
  put32(0);
}

void CopyEncoder::row(int16_t num_fields) {
  put16(static_cast<uint16_t>(num_fields));
}

void CopyEncoder::end() {
  put16(kTrailer);
}

void CopyEncoder::null() {
  put32(kNull);
}

void CopyEncoder::boolean(bool value) {
  field(1);
  buffer_ += value ? '\1' : '\0';
}

void CopyEncoder::int2(int16_t value) {
  field(2);
  put16(static_cast<uint16_t>(value));
}

void CopyEncoder::int4(int32_t value) {
  field(4);
  put32(static_cast<uint32_t>(value));
}

void CopyEncoder::int8(int64_t value) {
  field(8);
  put64(static_cast<uint64_t>(value));
}

void CopyEncoder::text(std::string_view raw) {
  const size_t mark = open_field();
  append_stored_text(buffer_, raw);
  close_field(mark);
}

void CopyEncoder::text_indexed(std::string_view raw) {
  const size_t mark = open_field();
  append_stored_text(buffer_, raw);
  if (buffer_.size() - mark > kIndexedTextMax) {
    buffer_.resize(mark);
    buffer_ += indexed_text(raw);
  }
  close_field(mark);
}

void CopyEncoder::bytea(flowtable::Bytes bytes) {
  field(static_cast<uint32_t>(bytes.size()));
  put_bytes(bytes);
}

void CopyEncoder::inet(const flowtable::IpAddress& address) {
  // Family, prefix length, "is a cidr", length of the address, the address.
  const flowtable::Bytes all(address.bytes);
  const flowtable::Bytes bytes = address.is_v4() ? all.last(4) : all;
  field(static_cast<uint32_t>(4 + bytes.size()));
  const std::array<uint8_t, 4> head = {address.is_v4() ? kFamilyV4 : kFamilyV6,
                                       static_cast<uint8_t>(8 * bytes.size()), 0,
                                       static_cast<uint8_t>(bytes.size())};
  put_bytes(head);
  put_bytes(bytes);
}

void CopyEncoder::timestamptz(flowtable::Tick tick) {
  const auto micros = std::chrono::floor<std::chrono::microseconds>(tick);
  int8(micros.time_since_epoch().count() - kEpochSeconds * kMicros);
}

void CopyEncoder::timestamptz_seconds(int64_t seconds) {
  if (seconds < kFirstSecond) return int8(std::numeric_limits<int64_t>::min());
  if (seconds >= kEndSecond) return int8(std::numeric_limits<int64_t>::max());
  int8((seconds - kEpochSeconds) * kMicros);
}

// Days since 2000-01-01.
void CopyEncoder::date(std::chrono::sys_days day) {
  int4(static_cast<int32_t>(day.time_since_epoch().count() - kEpochSeconds / 86'400));
}

void CopyEncoder::text_array(std::span<const std::string> raw) {
  const size_t mark = open_field();
  array_header(kTextOid, raw.size());
  for (const std::string& element : raw)
    text(element);
  close_field(mark);
}

void CopyEncoder::int4_array(std::span<const uint16_t> values) {
  const size_t mark = open_field();
  array_header(kInt4Oid, values.size());
  for (const uint16_t value : values)
    int4(value);
  close_field(mark);
}

void CopyEncoder::bytea_array(std::span<const tls::Sha256> values) {
  const size_t mark = open_field();
  array_header(kByteaOid, values.size());
  for (const tls::Sha256& value : values)
    bytea(value);
  close_field(mark);
}

void CopyEncoder::put16(uint16_t value) {
  std::array<uint8_t, 2> bytes{};
  flowtable::store_be16(bytes.data(), value);
  put_bytes(bytes);
}

void CopyEncoder::put32(uint32_t value) {
  std::array<uint8_t, 4> bytes{};
  flowtable::store_be32(bytes.data(), value);
  put_bytes(bytes);
}

void CopyEncoder::put64(uint64_t value) {
  std::array<uint8_t, 8> bytes{};
  flowtable::store_be64(bytes.data(), value);
  put_bytes(bytes);
}

void CopyEncoder::put_bytes(flowtable::Bytes bytes) {
  buffer_.append(bytes.begin(), bytes.end());
}

size_t CopyEncoder::open_field() {
  put32(0);
  return buffer_.size();
}

void CopyEncoder::close_field(size_t mark) {
  std::array<uint8_t, 4> length{};
  flowtable::store_be32(length.data(), static_cast<uint32_t>(buffer_.size() - mark));
  std::copy(length.begin(), length.end(), buffer_.begin() + static_cast<std::ptrdiff_t>(mark - 4));
}

void CopyEncoder::array_header(uint32_t element_oid, size_t num_elements) {
  // Dimensions, "has nulls", element type; then per dimension its length and lower bound.
  put32(num_elements == 0 ? 0 : 1);
  put32(0);
  put32(element_oid);
  if (num_elements == 0) return;
  put32(static_cast<uint32_t>(num_elements));
  put32(1);
}

}  // namespace control
