// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/quic_frames.hpp"

#include "flowtable/base/check.hpp"
#include "tls/digest/aead.hpp"

namespace tls::probe {

using flowtable::Bytes;

void write_varint(WireWriter& out, uint64_t value) {
  CHECK(value >> 62 == 0);
  unsigned power = 0;  // of the number of bytes
  while (power < 3 && value >> ((8u << power) - 2) != 0)
    ++power;
  const uint64_t whole = value | uint64_t{power} << ((8u << power) - 2);
  for (unsigned i = 1u << power; i-- > 0;)
    out.u8(static_cast<uint8_t>(whole >> 8 * i));
}

void write_ping(WireWriter& out) {
  out.u8(0x01);
}

// Section 19.3: Largest Acknowledged, ACK Delay, ACK Range Count, First ACK Range, then pairs of
// Gap and ACK Range Length.
void write_ack(WireWriter& out, const ReceivedNumbers& received) {
  const std::vector<ReceivedNumbers::Range> ranges = received.ranges();
  CHECK(!ranges.empty());
  out.u8(0x02);
  write_varint(out, ranges.front().last);
  write_varint(out, 0);
  write_varint(out, ranges.size() - 1);
  write_varint(out, ranges.front().last - ranges.front().first);
  for (size_t i = 1; i < ranges.size(); ++i) {
    write_varint(out, ranges[i - 1].first - ranges[i].last - 2);
    write_varint(out, ranges[i].last - ranges[i].first);
  }
}

void write_crypto(WireWriter& out, uint64_t offset, Bytes data) {
  out.u8(0x06);
  write_varint(out, offset);
  write_varint(out, data.size());
  out.bytes(data);
}

// Section 19.19; no frame is to blame, and no reason is given.
void write_close(WireWriter& out, uint64_t error_code) {
  out.u8(0x1c);
  write_varint(out, error_code);
  write_varint(out, 0);
  write_varint(out, 0);
}

std::vector<uint8_t> quic_transport_parameters() {
  // Section 18.2. The payload is what an Ethernet frame holds, and a ScanEvent too.
  constexpr uint64_t kMaxIdleTimeout = 0x01, kMaxUdpPayloadSize = 0x03, kInitialMaxData = 0x04;
  constexpr uint64_t kBidiLocal = 0x05, kBidiRemote = 0x06, kUni = 0x07;
  constexpr uint64_t kStreamsBidi = 0x08, kStreamsUni = 0x09, kInitialSourceConnectionId = 0x0f;
  struct Parameter {
    uint64_t id;
    uint64_t value;
  };
  constexpr Parameter kParameters[] = {
      {kMaxIdleTimeout, 10000}, {kMaxUdpPayloadSize, 1472}, {kInitialMaxData, 65536},
      {kBidiLocal, 65536},      {kBidiRemote, 65536},       {kUni, 65536},
      {kStreamsBidi, 16},       {kStreamsUni, 16},
  };
  WireWriter out;
  for (const Parameter& parameter : kParameters) {
    WireWriter value;
    write_varint(value, parameter.value);
    const std::vector<uint8_t> bytes = value.take();
    write_varint(out, parameter.id);
    write_varint(out, bytes.size());
    out.bytes(bytes);
  }
  write_varint(out, kInitialSourceConnectionId);
  write_varint(out, 0);
  return out.take();
}

std::vector<uint8_t> long_header(const LongHeader& header, size_t payload_bytes) {
  const bool is_initial = header.type == QuicPacketType::initial;
  // Handshake is the second after Initial: RFC 9369 section 3.2.
  const unsigned type = (header.format->initial_type + (is_initial ? 0u : 2u)) % 4;
  const size_t length = kNumberBytes + payload_bytes + kAeadTagBytes;
  CHECK(length < 0x4000);
  WireWriter out;
  out.u8(static_cast<uint8_t>(0xc0u | type << 4 | (kNumberBytes - 1)));
  out.u16(static_cast<uint16_t>(header.version >> 16)).u16(static_cast<uint16_t>(header.version));
  out.u8_vector([&] { out.bytes(header.destination_id); }).u8(0);
  if (is_initial) {
    write_varint(out, header.token.size());
    out.bytes(header.token);
  }
  out.u16(static_cast<uint16_t>(0x4000 | length)).u16(static_cast<uint16_t>(header.number));
  return out.take();
}

size_t long_header_bytes(const LongHeader& header) {
  return long_header(header, 0).size();
}

}  // namespace tls::probe
