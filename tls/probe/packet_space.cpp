// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/packet_space.hpp"

#include "tls/probe/flight_opener.hpp"
#include "tls/wire/handshake_assembler.hpp"
#include "tls/wire/quic_frame.hpp"

namespace tls::probe {

using flowtable::ByteReader;
using flowtable::Bytes;

Arrival PacketSpace::hear(const QuicPacket& packet) {
  std::vector<uint8_t> buffer(packet.bytes.size());
  const auto opened = open_packet(packet, keys_->servers, received_.expected(), buffer);
  if (!opened) return Arrival::undecryptable;
  if (!received_.add(opened->number)) return Arrival::again;
  return read_frames(opened->payload);
}

Arrival PacketSpace::read_frames(Bytes payload) {
  QuicFrameReader reader(payload);
  while (!reader.at_end()) {
    const Parsed<QuicFrame> parsed = reader.next();
    if (!parsed.ok()) return Arrival::malformed;
    const QuicFrame& frame = parsed.value();
    if (frame.type == QuicFrameType::crypto) {
      if (frame.offset + frame.data.size() > FlightOpener::kFlightBytesMax) {
        return Arrival::too_much;
      }
      crypto_.add(frame.offset, frame.data);
    }
    if (frame.type == QuicFrameType::connection_close) close_code_ = frame.error_code;
    // RFC 9000 section 13.2: the others are not acknowledged, or we would never be silent.
    ack_due_ = ack_due_ || frame.type == QuicFrameType::crypto || frame.type == QuicFrameType::ping;
  }
  return Arrival::fresh;
}

bool PacketSpace::message_too_large() const noexcept {
  ByteReader reader(crypto_.in_order().subspan(crypto_at_));
  uint8_t type = 0;
  uint32_t length = 0;
  return reader.u8(type) && reader.u24(length) && length > HandshakeAssembler::kMessageBytesMax;
}

Bytes PacketSpace::next_message() noexcept {
  const Bytes rest = crypto_.in_order().subspan(crypto_at_);
  ByteReader reader(rest);
  uint8_t type = 0;
  ByteReader body;
  if (!reader.u8(type) || !reader.u24_prefixed(body)) return {};
  const Bytes message = rest.first(rest.size() - reader.size());
  crypto_at_ += message.size();
  return message;
}

void PacketSpace::write_due_ack(WireWriter& out) {
  if (!ack_due_) return;
  write_ack(out, received_);
  ack_due_ = false;
}

std::vector<uint8_t> PacketSpace::seal(LongHeader header, Bytes frames) {
  header.number = next_number_++;
  return seal_packet({long_header(header, frames.size()), header.number, frames}, keys_->ours);
}

}  // namespace tls::probe
