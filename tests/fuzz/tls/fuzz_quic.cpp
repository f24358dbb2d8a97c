// SPDX-License-Identifier: Apache-2.0
// tls/wire/quic_packet and tls/pipeline/quic_session: any bytes as a datagram, seen alike by the
// poll core's own look at it, and as datagrams of both directions, divided by the first two bytes.
// The frames of an Initial packet in both framings.
#include "flowtable/base/check.hpp"
#include "flowtable/datagram_log.hpp"
#include "flowtable/quic_datagram.hpp"
#include "tls/pipeline/session_parser.hpp"
#include "tls/wire/quic_frame.hpp"
#include "tls/wire/quic_packet.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

using flowtable::Bytes;
using flowtable::Side;

bool lies_in(Bytes part, Bytes whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void read_packets(Bytes datagram) {
  // RFC 9001 section 5.4.2: what has no room for a sample, no poll core keeps.
  constexpr size_t kLeastBytes = 4 + 16;
  const flowtable::QuicSight sight = flowtable::look_at_quic(datagram, datagram.size());
  tls::QuicPacketReader reader(datagram);
  size_t num_bytes = 0;
  while (!reader.at_end()) {
    const auto parsed = reader.next();
    if (!parsed.ok()) return;
    const tls::QuicPacket& packet = parsed.value();
    CHECK(packet.bytes.data() == datagram.data() + num_bytes && !packet.bytes.empty());
    for (const Bytes part :
         {packet.destination_id, packet.source_id, packet.token, packet.original_id})
      CHECK(lies_in(part, packet.bytes));
    const bool is_first = num_bytes == 0;
    num_bytes += packet.bytes.size();
    if (is_first && packet.type == tls::QuicPacketType::initial &&
        packet.bytes.size() >= packet.packet_number_at + kLeastBytes) {
      CHECK(sight.initial && sight.kept_bytes >= packet.bytes.size());
    }
  }
  CHECK(num_bytes == datagram.size());
}

void read_frames(Bytes payload, tls::QuicFraming framing) {
  tls::QuicFrameReader reader(payload, framing);
  while (!reader.at_end()) {
    const auto frame = reader.next();
    if (!frame.ok()) {
      CHECK(reader.at_end());
      return;
    }
    CHECK(lies_in(frame.value().data, payload));
  }
}

// Datagrams, each behind an eighth of its length.
std::vector<uint8_t> log_of(Bytes bytes) {
  std::vector<uint8_t> log;
  while (!bytes.empty()) {
    const size_t size = std::min<size_t>(bytes[0] * 8u, bytes.size() - 1);
    log.push_back(static_cast<uint8_t>(size >> 8));
    log.push_back(static_cast<uint8_t>(size));
    log.insert(log.end(), bytes.begin() + 1, bytes.begin() + 1 + static_cast<std::ptrdiff_t>(size));
    bytes = bytes.subspan(1 + size);
  }
  return log;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static tls::SessionParser parser;
  const Bytes all(data, size);
  read_packets(all);
  read_frames(all, tls::QuicFraming::ietf);
  read_frames(all, tls::QuicFraming::google);
  if (size < 2) return 0;
  const Bytes rest = all.subspan(2);
  const size_t first_bytes = std::min<size_t>(flowtable::load_be16(data), rest.size());
  flowtable::HandshakeCapture capture;
  capture.kind = flowtable::CaptureKind::quic;
  std::vector<uint8_t> logs[2] = {log_of(rest.first(first_bytes)),
                                  log_of(rest.subspan(first_bytes))};
  std::vector<uint8_t> buffers[2];
  for (const Side side : {Side::a, Side::b}) {
    const size_t at = index_of(side);
    buffers[at].resize(logs[at].size() + 1);
    capture.streams[at].start(buffers[at], 0);
    capture.streams[at].insert(0, logs[at]);
  }
  const tls::ParsedSession session = parser.parse(capture);
  CHECK(session.is_tls || !session.observation.complete());
  return 0;
}
