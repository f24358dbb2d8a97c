// SPDX-License-Identifier: Apache-2.0
#include "control/bus/bus_message.hpp"

#include "control/spool/spool.hpp"
#include "flowtable/base/byte_reader.hpp"

#include <xxhash.h>
#include <zstd.h>

namespace control {
namespace {

using flowtable::ByteReader;
using flowtable::Bytes;

constexpr std::string_view kRecordMagic = "TSB1";
constexpr std::string_view kNoticeMagic = "TSN1";
constexpr int kLevel = 1;

ByteReader reader_of(std::string_view bytes) {
  return ByteReader(Bytes(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
}

void put(std::string& out, uint64_t value, int num_bytes) {
  for (int shift = 8 * (num_bytes - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(value >> shift);
}

bool take_magic(ByteReader& reader, std::string_view magic) {
  Bytes bytes;
  return reader.take(magic.size(), bytes) &&
         std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()) == magic;
}

bool take_i64(ByteReader& reader, int64_t& out) {
  uint64_t value = 0;
  if (!reader.u64(value)) return false;
  out = static_cast<int64_t>(value);
  return true;
}

bool take_load(ByteReader& reader, SpoolLoad& load) {
  return reader.u64(load.rows) && reader.u64(load.scan_rows) && reader.u64(load.audit_rows);
}

bool unpack(Bytes packed, uint32_t length, std::string& out) {
  if (length > Spool::kPayloadBytesMax) return false;
  out.resize(length);
  return ZSTD_decompress(out.data(), length, packed.data(), packed.size()) == length;
}

}  // namespace

uint32_t partition_of(std::string_view sensor) noexcept {
  return static_cast<uint32_t>(XXH3_64bits(sensor.data(), sensor.size()) % kBusPartitions);
}

std::string encode_bus_record(const BusRecord& record) {
  std::string out(kRecordMagic);
  const std::string_view sensor = std::string_view(record.sensor).substr(0, 0xffff);
  put(out, sensor.size(), 2);
  out += sensor;
  for (const int64_t value : {record.epoch, record.seq, record.after})
    put(out, static_cast<uint64_t>(value), 8);
  for (const uint64_t value : {record.load.rows, record.load.scan_rows, record.load.audit_rows})
    put(out, value, 8);
  put(out, record.payload.size(), 4);
  const size_t head = out.size();
  out.resize(head + ZSTD_compressBound(record.payload.size()));
  const size_t packed = ZSTD_compress(out.data() + head, out.size() - head, record.payload.data(),
                                      record.payload.size(), kLevel);
  out.resize(head + packed);
  return out;
}

std::optional<BusRecord> decode_bus_record(std::string_view bytes) {
  ByteReader reader = reader_of(bytes);
  BusRecord record;
  ByteReader sensor;
  uint32_t length = 0;
  if (!take_magic(reader, kRecordMagic) || !reader.u16_prefixed(sensor) ||
      !take_i64(reader, record.epoch) || !take_i64(reader, record.seq) ||
      !take_i64(reader, record.after) || !take_load(reader, record.load) || !reader.u32(length) ||
      !unpack(reader.rest(), length, record.payload)) {
    return std::nullopt;
  }
  record.sensor.assign(reinterpret_cast<const char*>(sensor.rest().data()), sensor.size());
  return record;
}

std::string encode_bus_notice(const BusNotice& notice) {
  std::string out(kNoticeMagic);
  put(out, static_cast<uint64_t>(notice.epoch), 8);
  put(out, static_cast<uint64_t>(notice.seq), 8);
  put(out, notice.missing ? 1 : 0, 1);
  return out;
}

std::optional<BusNotice> decode_bus_notice(std::string_view bytes) {
  ByteReader reader = reader_of(bytes);
  BusNotice notice;
  uint8_t missing = 0;
  if (!take_magic(reader, kNoticeMagic) || !take_i64(reader, notice.epoch) ||
      !take_i64(reader, notice.seq) || !reader.u8(missing) || !reader.empty()) {
    return std::nullopt;
  }
  notice.missing = missing != 0;
  return notice;
}

}  // namespace control
