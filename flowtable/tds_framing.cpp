// SPDX-License-Identifier: Apache-2.0
#include "flowtable/tds_framing.hpp"

#include "flowtable/record_type.hpp"

#include <algorithm>
#include <array>

namespace flowtable {
namespace {

constexpr uint8_t kEndOfMessage = 0x01;
// RFC 8446 section 5.1: ContentType runs from change_cipher_spec to heartbeat. No TDS packet type
// is among them.
constexpr uint8_t kRecordTypeMin = 20, kRecordTypeMax = 24;

bool is_record_type(uint8_t first_byte) noexcept {
  return first_byte >= kRecordTypeMin && first_byte <= kRecordTypeMax;
}

}  // namespace

bool TdsHeader::read(ByteReader& from) noexcept {
  ByteReader ahead = from;
  uint8_t status = 0;
  if (!ahead.u8(type) || !ahead.u8(status) || !ahead.u16(packet_bytes) || !ahead.skip(kBytes - 4)) {
    return false;
  }
  if (type != kPrelogin || packet_bytes < kBytes || packet_bytes > kPacketBytesMax) return false;
  end_of_message = (status & kEndOfMessage) != 0;
  from = ahead;
  return true;
}

bool TdsReader::next(Bytes& part) noexcept {
  TdsHeader header;
  while (header.read(rest_)) {
    const size_t carried = header.packet_bytes - TdsHeader::kBytes;
    if (rest_.take(std::min(carried, rest_.size()), part) && !part.empty()) return true;
  }
  if (rest_.empty() || !is_record_type(rest_.rest()[0])) return false;
  return rest_.take(rest_.size(), part);
}

size_t unwrap_tds(Bytes stream, std::span<uint8_t> out) noexcept {
  TdsReader reader(stream);
  Bytes part;
  size_t size = 0;
  while (size < out.size() && reader.next(part)) {
    const Bytes fits = part.first(std::min(part.size(), out.size() - size));
    std::ranges::copy(fits, out.begin() + static_cast<std::ptrdiff_t>(size));
    size += fits.size();
  }
  return size;
}

bool TdsScan::could_start_tls(Bytes first_bytes) noexcept {
  ByteReader reader(first_bytes);
  TdsHeader header;
  if (!header.read(reader) || header.packet_bytes == TdsHeader::kBytes) return false;
  const size_t carried = header.packet_bytes - TdsHeader::kBytes;
  const Bytes tls = reader.rest().first(std::min(carried, reader.size()));
  return tls.empty() || RecordScan::could_start_tls(tls);
}

ScanVerdict TdsScan::advance(Bytes prefix) noexcept {
  if (verdict_ == ScanVerdict::need_more && !saw_hello()) judge_start(prefix);
  while (verdict_ == ScanVerdict::need_more && next_header_ < prefix.size())
    if (!step(prefix.subspan(next_header_))) break;
  return verdict_;
}

void TdsScan::judge_start(Bytes prefix) noexcept {
  // Room for a warning alert and what tells a hello behind it; headers may lie between any two.
  constexpr size_t kAlertRecordBytes = 7;
  std::array<uint8_t, kAlertRecordBytes + RecordScan::kSureBytes> first{};
  const size_t size = unwrap_tds(prefix, first);
  verdict_ = first_.advance(Bytes(first).first(size));
}

bool TdsScan::step(Bytes rest) noexcept {
  ByteReader reader(rest);
  TdsHeader header;
  if (!header.read(reader)) {
    const bool is_cut = rest[0] == TdsHeader::kPrelogin && rest.size() < TdsHeader::kBytes;
    if (is_cut) return false;
    verdict_ = saw_hello() ? ScanVerdict::finished : ScanVerdict::not_tls;
    return false;
  }
  // Records begin where messages do, so this byte is a record's type there and nowhere else.
  if (starts_message_ && header.packet_bytes > TdsHeader::kBytes) {
    if (reader.empty()) return false;
    if (reader.rest()[0] == RecordType::kApplicationData) {
      verdict_ = ScanVerdict::finished;
      return false;
    }
  }
  starts_message_ = header.end_of_message;
  next_header_ += header.packet_bytes;
  return true;
}

}  // namespace flowtable
