// SPDX-License-Identifier: Apache-2.0
#include "control/spool/frame.hpp"

#include "control/spool/spool.hpp"
#include "flowtable/base/big_endian.hpp"
#include "flowtable/base/check.hpp"

#include <xxhash.h>
#include <zstd.h>

#include <limits>

namespace control {
namespace {

using flowtable::ByteReader;
using flowtable::Bytes;

constexpr uint8_t kVersion = 1;
constexpr uint8_t kHead = 'h';
constexpr uint8_t kFoot = 'f';
constexpr uint8_t kPlain = 0;
constexpr uint8_t kZstd = 1;
constexpr size_t kSumBytes = 8;
// Fast: the database is the limit, and what repeats in rows it finds all the same.
constexpr int kLevel = 1;

class Encoder {
 public:
  explicit Encoder(uint8_t* to) : to_(to) {}
  void u8(uint8_t value) { *to_++ = value; }
  void u32(uint32_t value) {
    flowtable::store_be32(to_, value);
    to_ += sizeof value;
  }
  void u64(uint64_t value) {
    flowtable::store_be64(to_, value);
    to_ += sizeof value;
  }
  void load(const SpoolLoad& load) {
    u64(load.rows);
    u64(load.scan_rows);
    u64(load.audit_rows);
  }

 private:
  uint8_t* to_;
};

bool read_number(ByteReader& from, int64_t& to) {
  uint64_t number = 0;
  if (!from.u64(number) || number > std::numeric_limits<int64_t>::max()) return false;
  to = static_cast<int64_t>(number);
  return true;
}

bool read_load(ByteReader& from, SpoolLoad& to) {
  return from.u64(to.rows) && from.u64(to.scan_rows) && from.u64(to.audit_rows);
}

bool read_start(ByteReader& from, FrameMark& mark) {
  Bytes begins;
  uint8_t part = 0;
  uint8_t version = 0;
  uint8_t codec = 0;
  uint16_t zero = 0;
  if (!from.take(kMarkBegins.size(), begins) || !from.u8(part) || !from.u8(version) ||
      !from.u8(codec) || !from.u16(zero)) {
    return false;
  }
  if (!std::equal(begins.begin(), begins.end(), kMarkBegins.begin())) return false;
  if (part != kHead && part != kFoot) return false;
  if (version != kVersion || codec > kZstd || zero != 0) return false;
  mark.part = part == kHead ? FrameMark::Part::head : FrameMark::Part::foot;
  mark.compressed = codec == kZstd;
  return true;
}

// What a writer never writes is no mark, even under a right sum.
bool is_possible(const FrameMark& mark) {
  if (mark.epoch < 1 || mark.seq < 1 || mark.payload_bytes > Spool::kPayloadBytesMax) return false;
  if (!(mark.before + mark.load).holds(mark.before)) return false;  // beyond 2^64
  return mark.compressed ? mark.stored_bytes < mark.payload_bytes
                         : mark.stored_bytes == mark.payload_bytes;
}

ZSTD_CCtx* context_of(void* compressor) {
  return static_cast<ZSTD_CCtx*>(compressor);
}

}  // namespace

void encode_mark(const FrameMark& mark, uint8_t* to) noexcept {
  Encoder out(to);
  for (const uint8_t byte : kMarkBegins)
    out.u8(byte);
  out.u8(mark.part == FrameMark::Part::head ? kHead : kFoot);
  out.u8(kVersion);
  out.u8(mark.compressed ? kZstd : kPlain);
  out.u8(0);
  out.u8(0);
  out.u64(static_cast<uint64_t>(mark.epoch));
  out.u64(static_cast<uint64_t>(mark.seq));
  out.load(mark.before);
  out.load(mark.load);
  out.u32(mark.payload_bytes);
  out.u32(mark.stored_bytes);
  out.u64(mark.stored_sum);
  out.u64(checksum_of({to, kMarkBytes - kSumBytes}));
}

std::optional<FrameMark> decode_mark(Bytes bytes) noexcept {
  if (bytes.size() < kMarkBytes) return std::nullopt;
  ByteReader reader(bytes.first(kMarkBytes));
  FrameMark mark;
  uint64_t sum = 0;
  const bool whole = read_start(reader, mark) && read_number(reader, mark.epoch) &&
                     read_number(reader, mark.seq) && read_load(reader, mark.before) &&
                     read_load(reader, mark.load) && reader.u32(mark.payload_bytes) &&
                     reader.u32(mark.stored_bytes) && reader.u64(mark.stored_sum) &&
                     reader.u64(sum) && reader.empty();
  if (!whole || sum != checksum_of(bytes.first(kMarkBytes - kSumBytes)) || !is_possible(mark)) {
    return std::nullopt;
  }
  return mark;
}

uint64_t checksum_of(Bytes bytes) noexcept {
  return XXH3_64bits(bytes.data(), bytes.size());
}

FrameBuilder::FrameBuilder() : compressor_(ZSTD_createCCtx()) {
  CHECK(compressor_ != nullptr);
}

FrameBuilder::~FrameBuilder() {
  ZSTD_freeCCtx(context_of(compressor_));
}

Bytes FrameBuilder::build(FrameMark mark, std::string_view payload) {
  CHECK(payload.size() <= Spool::kPayloadBytesMax);
  frame_.resize(kMarkBytes + ZSTD_compressBound(payload.size()) + kMarkBytes);
  uint8_t* const stored = frame_.data() + kMarkBytes;
  size_t size = ZSTD_compressCCtx(context_of(compressor_), stored, frame_.size() - 2 * kMarkBytes,
                                  payload.data(), payload.size(), kLevel);
  mark.compressed = ZSTD_isError(size) == 0 && size < payload.size();
  if (!mark.compressed) {
    std::copy(payload.begin(), payload.end(), stored);
    size = payload.size();
  }
  mark.payload_bytes = static_cast<uint32_t>(payload.size());
  mark.stored_bytes = static_cast<uint32_t>(size);
  mark.stored_sum = checksum_of({stored, size});
  mark.part = FrameMark::Part::head;
  encode_mark(mark, frame_.data());
  mark.part = FrameMark::Part::foot;
  encode_mark(mark, stored + size);
  return Bytes(frame_).first(kMarkBytes + size + kMarkBytes);
}

std::optional<std::string> payload_of(const FrameMark& mark, Bytes stored) {
  if (stored.size() != mark.stored_bytes || checksum_of(stored) != mark.stored_sum) {
    return std::nullopt;
  }
  if (!mark.compressed) return std::string(stored.begin(), stored.end());
  std::string payload(mark.payload_bytes, '\0');
  const size_t size = ZSTD_decompress(payload.data(), payload.size(), stored.data(), stored.size());
  if (ZSTD_isError(size) != 0 || size != payload.size()) return std::nullopt;
  return payload;
}

}  // namespace control
