// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/quic_attempt.hpp"

#include "tls/wire/quic_frame.hpp"

#include <algorithm>

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;

namespace {

// Whole handshake messages from the begin of a CRYPTO stream: there are no records in QUIC (RFC
// 9001 section 4.1.3).
template <typename Direction>
void read_messages(const MessageAssembler& stream, Direction& out) {
  DirectionEnd& end = out.end;
  ByteReader reader(stream.prefix());
  while (!reader.empty()) {
    ByteReader ahead = reader;
    uint8_t type = 0;
    ByteReader body;
    if (!ahead.u8(type) || !ahead.u24_prefixed(body)) {
      end.pending = static_cast<HandshakeType>(type);
      end.step = HandshakeStep::cut;
      break;
    }
    reader = ahead;
    take_message({static_cast<HandshakeType>(type), body.rest(), true}, Transport::quic, out);
  }
  end.gap = stream.has_gap();
  if (stream.truncated() && !end.gap) {
    end.step = HandshakeStep::malformed;
    end.error = ParseError::message_too_large;
  }
}

template <typename Half, typename Direction>
void read_half(const Half& half, Direction& out) {
  out.end.handshake_begun = half.opened;
  read_messages(half.stream, out);
  if (half.alert) take_alert({AlertLevel::fatal, *half.alert}, out.end);
  if (half.frame_bad) {
    out.end.step = HandshakeStep::malformed;
    out.end.error = ParseError::quic_frame_bad;
  }
}

}  // namespace

QuicAttempt::QuicAttempt(const QuicPacket& first, const QuicBuffers& buffers) noexcept
    : version_(first.version), first_id_(first.destination_id), packet_buffer_(buffers.packet) {
  half(QuicSide::client).stream = MessageAssembler(buffers.client_stream);
  half(QuicSide::server).stream = MessageAssembler(buffers.server_stream);
}

bool QuicAttempt::take(const QuicPacket& packet, QuicSide sender) {
  if (packet.type != QuicPacketType::initial) return false;
  Half& from = half(sender);
  const auto opened =
      open_initial(packet, keys_for(*packet.format, sender), from.expected, packet_buffer_);
  if (!opened) return false;
  from.opened = true;
  from.expected = std::max(from.expected, opened->number + 1);
  take_frames(opened->payload, packet.format->framing, from);
  return true;
}

const PacketKeys& QuicAttempt::keys_for(const QuicVersion& format, QuicSide sender) {
  const auto known = std::ranges::find_if(
      keys_, [&](const Keys& keys) { return keys.format == &format && keys.sender == sender; });
  if (known != keys_.end()) return known->keys;
  keys_.push_back(
      {&format, sender, initial_keys(format, initial_secret(format, first_id_), sender)});
  return keys_.back().keys;
}

void QuicAttempt::take_frames(Bytes payload, QuicFraming framing, Half& from) {
  QuicFrameReader reader(payload, framing);
  while (!reader.at_end()) {
    const Parsed<QuicFrame> parsed = reader.next();
    if (!parsed.ok()) {
      from.frame_bad = true;
      return;
    }
    const QuicFrame& frame = parsed.value();
    if (frame.type == QuicFrameType::crypto) {
      (void)from.stream.insert(frame.offset, frame.data);
    } else if (frame.type == QuicFrameType::connection_close && !from.alert) {
      from.alert = alert_of_quic_error(frame.error_code);
    }
  }
}

QuicDialogue QuicAttempt::read() {
  const Half& client = half(QuicSide::client);
  const Half& server = half(QuicSide::server);
  QuicDialogue out;
  out.version = version_;
  out.first_id = first_id_;
  read_half(client, out.client);
  read_half(server, out.server);
  // ClientHello: four bytes of header, two of version, then Random (RFC 8446 section 4.1.2).
  constexpr size_t kRandomAt = 6;
  if (out.client.hello) {
    auto& random = out.client_random.emplace();
    std::copy_n(client.stream.prefix().begin() + kRandomAt, random.size(), random.begin());
  }
  out.server_opened = server.opened;
  out.conflict = client.stream.conflict() || server.stream.conflict();
  return out;
}

}  // namespace tls
