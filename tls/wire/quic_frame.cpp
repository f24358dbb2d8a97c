// SPDX-License-Identifier: Apache-2.0
#include "tls/wire/quic_frame.hpp"

#include "tls/wire/quic_packet.hpp"

#include <algorithm>

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

Parsed<QuicFrame> read_frame(ByteReader& reader) noexcept {
  QuicFrame frame;
  uint64_t type = 0;
  if (!read_quic_varint(reader, type)) return fail(ParseError::truncated);
  bool is_whole = true;
  switch (type) {
    case kPadding: {
      frame.type = QuicFrameType::padding;
      const Bytes rest = reader.rest();
      const auto end = std::ranges::find_if(rest, [](uint8_t byte) { return byte != 0; });
      is_whole = reader.skip(static_cast<size_t>(end - rest.begin()));
      break;
    }
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

}  // namespace

Parsed<QuicFrame> QuicFrameReader::next() noexcept {
  const Parsed<QuicFrame> frame = read_frame(reader_);
  if (!frame.ok()) reader_ = ByteReader{};
  return frame;
}

std::optional<uint8_t> alert_of_quic_error(uint64_t error_code) noexcept {
  // CRYPTO_ERROR, RFC 9000 section 20.1: 0x0100 to 0x01ff.
  if (error_code >> 8 != 1) return std::nullopt;
  return static_cast<uint8_t>(error_code);
}

}  // namespace tls
