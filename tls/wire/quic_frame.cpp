// SPDX-License-Identifier: Apache-2.0
#include "tls/wire/quic_frame.hpp"

#include "tls/wire/quic_packet.hpp"

#include <algorithm>
#include <array>

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

// RFC 9000 section 19.
constexpr uint64_t kPadding = 0x00;
constexpr uint64_t kPing = 0x01;
constexpr uint64_t kAck = 0x02;
constexpr uint64_t kAckWithEcn = 0x03;
constexpr uint64_t kCrypto = 0x06;
constexpr uint64_t kConnectionClose = 0x1c;

bool skip_varints(ByteReader& reader, uint64_t count) noexcept {
  uint64_t ignored = 0;
  for (; count > 0; --count) {
    if (!read_quic_varint(reader, ignored)) return false;
  }
  return true;
}

// Section 19.3: Largest Acknowledged, ACK Delay, ACK Range Count, First ACK Range, then pairs of
// Gap and ACK Range Length. A count beyond the bytes that are there ends with them.
bool skip_ack(ByteReader& reader, bool with_ecn) noexcept {
  uint64_t num_ranges = 0;
  if (!skip_varints(reader, 2) || !read_quic_varint(reader, num_ranges) ||
      !skip_varints(reader, 1) || num_ranges > reader.size()) {
    return false;
  }
  return skip_varints(reader, 2 * num_ranges) && (!with_ecn || skip_varints(reader, 3));
}

// Section 19.6: Offset, Length, Crypto Data.
bool read_crypto(ByteReader& reader, QuicFrame& frame) noexcept {
  uint64_t length = 0;
  return read_quic_varint(reader, frame.offset) && read_quic_varint(reader, length) &&
         reader.take(length, frame.data);
}

// Section 19.19: Error Code, Frame Type, Reason Phrase Length, Reason Phrase.
bool read_close(ByteReader& reader, QuicFrame& frame) noexcept {
  uint64_t length = 0;
  return read_quic_varint(reader, frame.error_code) && skip_varints(reader, 1) &&
         read_quic_varint(reader, length) && reader.skip(length);
}

bool skip_padding(ByteReader& reader) noexcept {
  const Bytes rest = reader.rest();
  const auto end = std::ranges::find_if(rest, [](uint8_t byte) { return byte != 0; });
  return reader.skip(static_cast<size_t>(end - rest.begin()));
}

Parsed<QuicFrame> read_ietf_frame(ByteReader& reader) noexcept {
  QuicFrame frame;
  uint64_t type = 0;
  if (!read_quic_varint(reader, type)) return fail(ParseError::truncated);
  bool is_whole = true;
  switch (type) {
    case kPadding:
      frame.type = QuicFrameType::padding;
      is_whole = skip_padding(reader);
      break;
    case kPing:
      frame.type = QuicFrameType::ping;
      break;
    case kAck:
    case kAckWithEcn:
      frame.type = QuicFrameType::ack;
      is_whole = skip_ack(reader, type == kAckWithEcn);
      break;
    case kCrypto:
      frame.type = QuicFrameType::crypto;
      is_whole = read_crypto(reader, frame);
      break;
    case kConnectionClose:
      frame.type = QuicFrameType::connection_close;
      is_whole = read_close(reader, frame);
      break;
    default:
      return fail(ParseError::quic_frame_bad);
  }
  if (!is_whole) return fail(ParseError::truncated);
  return frame;
}

// Google's numbers: the type is one byte, and an ACK has flags in it.
constexpr uint8_t kGoogleClose = 0x02;
constexpr uint8_t kGooglePing = 0x07;
constexpr uint8_t kGoogleCrypto = 0x08;
constexpr uint8_t kGoogleAckMask = 0xc0;
constexpr uint8_t kGoogleAck = 0x40;

// 01ntllmm: Largest Acked of `ll` and block lengths of `mm` bytes (1, 2, 4 or 6), a delay of two;
// with `n` more blocks, each behind a gap of one byte; then time stamps, five bytes the first and
// three each other.
bool skip_google_ack(ByteReader& reader, uint8_t type) noexcept {
  constexpr std::array<size_t, 4> kBytes{1, 2, 4, 6};
  constexpr size_t kDelayBytes = 2;
  const size_t block_bytes = kBytes[type & 3];
  uint8_t num_blocks = 0;
  uint8_t num_times = 0;
  return reader.skip(kBytes[type >> 2 & 3] + kDelayBytes) &&
         ((type & 0x20) == 0 || reader.u8(num_blocks)) &&
         reader.skip(block_bytes + num_blocks * (1 + block_bytes)) && reader.u8(num_times) &&
         (num_times == 0 || reader.skip(5 + 3 * (num_times - size_t{1})));
}

// Error code of four bytes, then a reason with a length of two.
bool skip_google_close(ByteReader& reader) noexcept {
  ByteReader reason;
  return reader.skip(4) && reader.u16_prefixed(reason);
}

Parsed<QuicFrame> read_google_frame(ByteReader& reader) noexcept {
  QuicFrame frame;
  uint8_t type = 0;
  if (!reader.u8(type)) return fail(ParseError::truncated);
  bool is_whole = true;
  if ((type & kGoogleAckMask) == kGoogleAck) {
    frame.type = QuicFrameType::ack;
    is_whole = skip_google_ack(reader, type);
  } else if (type == kPadding) {
    frame.type = QuicFrameType::padding;
    is_whole = skip_padding(reader);
  } else if (type == kGooglePing) {
    frame.type = QuicFrameType::ping;
  } else if (type == kGoogleCrypto) {
    frame.type = QuicFrameType::crypto;
    is_whole = read_crypto(reader, frame);
  } else if (type == kGoogleClose) {
    frame.type = QuicFrameType::connection_close;
    is_whole = skip_google_close(reader);
  } else {
    return fail(ParseError::quic_frame_bad);
  }
  if (!is_whole) return fail(ParseError::truncated);
  return frame;
}

}  // namespace

Parsed<QuicFrame> QuicFrameReader::next() noexcept {
  const Parsed<QuicFrame> frame =
      framing_ == QuicFraming::google ? read_google_frame(reader_) : read_ietf_frame(reader_);
  if (!frame.ok()) reader_ = ByteReader{};
  return frame;
}

std::optional<uint8_t> alert_of_quic_error(uint64_t error_code) noexcept {
  // CRYPTO_ERROR, RFC 9000 section 20.1: 0x0100 to 0x01ff.
  if (error_code >> 8 != 1) return std::nullopt;
  return static_cast<uint8_t>(error_code);
}

}  // namespace tls
