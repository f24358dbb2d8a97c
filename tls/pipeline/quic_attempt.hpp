// SPDX-License-Identifier: Apache-2.0
// One try of a client to connect by QUIC: all that is protected by the keys of one connection id.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/pipeline/direction.hpp"
#include "tls/quic/packet_opener.hpp"
#include "tls/wire/message_assembler.hpp"
#include "tls/wire/quic_packet.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tls {

// Memory that attempts use one after another. Each part holds a whole message of the longest kind.
struct QuicBuffers {
  std::span<uint8_t> client_stream;
  std::span<uint8_t> server_stream;
  std::span<uint8_t> packet;  // as long as a datagram
};

// What an attempt said.
struct QuicDialogue {
  uint32_t version = 0;       // of the packets that carried the ClientHello
  flowtable::Bytes first_id;  // Destination Connection ID that the keys come from
  std::optional<std::array<uint8_t, 32>> client_random;  // where there is a whole ClientHello
  ClientDirection client;
  ServerDirection server;
  bool server_opened = false;  // at least one packet of the server's
  bool conflict = false;       // copies of a byte differed
};

// Collects the CRYPTO streams of both sides from packets in any order. A packet is tried with the
// keys that this attempt has for its version: a server may answer a version 1 Initial in version 2
// (RFC 9368 section 2.3), with keys that come from the same connection id.
class QuicAttempt {
 public:
  // Borrows all. `first_id` is of the packet that is to be the client's first.
  QuicAttempt(const QuicPacket& first, const QuicBuffers& buffers) noexcept;

  // True where the packet was one of `sender`'s in this attempt; its frames are taken.
  [[nodiscard]] bool take(const QuicPacket& packet, QuicSide sender);

  // What both sides said, of the bytes that are there without a gap. Owns what it holds, but for
  // `first_id`, a window of the capture.
  [[nodiscard]] QuicDialogue read();

 private:
  struct Keys {
    const QuicVersion* format;
    QuicSide sender;
    PacketKeys keys;
  };
  struct Half {
    MessageAssembler stream;
    ExpectedNumber expected = 0;
    std::optional<uint8_t> alert;
    bool frame_bad = false;
    bool opened = false;
  };

  [[nodiscard]] const PacketKeys& keys_for(const QuicVersion& format, QuicSide sender);
  [[nodiscard]] Half& half(QuicSide side) noexcept { return halves_[static_cast<size_t>(side)]; }
  static void take_frames(flowtable::Bytes payload, QuicFraming framing, Half& from);

  uint32_t version_;
  flowtable::Bytes first_id_;
  std::span<uint8_t> packet_buffer_;
  std::array<Half, 2> halves_;  // by QuicSide
  std::vector<Keys> keys_;
};

}  // namespace tls
