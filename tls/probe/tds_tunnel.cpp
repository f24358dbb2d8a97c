// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/tds_tunnel.hpp"

#include <algorithm>

namespace tls::probe {
namespace {

using flowtable::ByteReader;
using flowtable::Bytes;

constexpr uint8_t kEndOfMessage = 0x01;
constexpr size_t kPacketBytesMax = 4096;
// RFC 8446 section 5.1: change_cipher_spec to application_data. No packet type is among them.
constexpr uint8_t kRecordTypeMin = 20, kRecordTypeMax = 23;

bool is_record_type(uint8_t byte) noexcept {
  return byte >= kRecordTypeMin && byte <= kRecordTypeMax;
}

}  // namespace

bool TdsPacketHeader::read(Bytes bytes) noexcept {
  ByteReader reader(bytes);
  uint8_t status = 0;
  uint16_t length = 0;
  if (!reader.u8(type) || !reader.u8(status) || !reader.u16(length) || !reader.skip(4)) {
    return false;
  }
  if (length < kBytes) return false;
  is_last = (status & kEndOfMessage) != 0;
  body_bytes = static_cast<uint16_t>(length - kBytes);
  return true;
}

bool TdsTunnel::read_header(uint8_t byte) {
  if (header_bytes_ == 0 && is_record_type(byte)) {
    state_ = State::bare;
    return true;
  }
  header_[header_bytes_++] = byte;
  const bool carries =
      header_[0] == TdsPacketHeader::kPrelogin || header_[0] == TdsPacketHeader::kReply;
  if (!carries) return false;
  if (header_bytes_ < TdsPacketHeader::kBytes) return true;
  TdsPacketHeader header;
  if (!header.read(header_)) return false;
  header_bytes_ = 0;
  body_bytes_ = header.body_bytes;
  state_ = body_bytes_ > 0 ? State::body : State::header;
  return true;
}

bool TdsTunnel::unwrap(Bytes received, std::vector<uint8_t>& tls) {
  while (!received.empty() && state_ != State::broken) {
    if (state_ == State::header) {
      if (!read_header(received[0])) state_ = State::broken;
      if (state_ != State::bare) received = received.subspan(1);
      continue;
    }
    const size_t most = state_ == State::bare ? received.size() : body_bytes_;
    const Bytes part = received.first(std::min(most, received.size()));
    tls.insert(tls.end(), part.begin(), part.end());
    received = received.subspan(part.size());
    if (state_ == State::body) body_bytes_ -= part.size();
    if (state_ == State::body && body_bytes_ == 0) state_ = State::header;
  }
  return state_ != State::broken;
}

std::vector<uint8_t> TdsTunnel::wrap(Bytes tls) {
  constexpr size_t kBodyBytesMax = kPacketBytesMax - TdsPacketHeader::kBytes;
  std::vector<uint8_t> packets;
  for (uint8_t number = 1; !tls.empty(); ++number) {
    const Bytes body = tls.first(std::min(tls.size(), kBodyBytesMax));
    tls = tls.subspan(body.size());
    const size_t length = TdsPacketHeader::kBytes + body.size();
    const uint8_t status = tls.empty() ? kEndOfMessage : 0;
    const std::array<uint8_t, TdsPacketHeader::kBytes> header{TdsPacketHeader::kPrelogin,
                                                              status,
                                                              static_cast<uint8_t>(length >> 8),
                                                              static_cast<uint8_t>(length),
                                                              0,
                                                              0,
                                                              number,
                                                              0};
    packets.insert(packets.end(), header.begin(), header.end());
    packets.insert(packets.end(), body.begin(), body.end());
  }
  return packets;
}

}  // namespace tls::probe
