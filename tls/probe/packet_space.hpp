// SPDX-License-Identifier: Apache-2.0
// One packet number space of a QUIC connection that we lead: Initial or Handshake.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/probe/arrived_pieces.hpp"
#include "tls/probe/quic_frames.hpp"
#include "tls/probe/received_numbers.hpp"
#include "tls/quic/packet_opener.hpp"
#include "tls/quic/packet_protection.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tls::probe {

// What a packet of the server came to.
enum class Arrival : uint8_t {
  fresh,  // its frames have been read
  again,  // a duplicate
  undecryptable,
  malformed,  // it is genuine, and its frames break the format
  too_much,   // CRYPTO data beyond FlightOpener::kFlightBytesMax
};

// Numbers, acknowledgements and the server's CRYPTO stream. One thread at a time.
class PacketSpace {
 public:
  struct Keys {
    ProtectionKeys ours;
    ProtectionKeys servers;
  };
  void protect(const Keys& keys) noexcept { keys_ = keys; }
  [[nodiscard]] bool has_keys() const noexcept { return keys_.has_value(); }

  // There are keys.
  [[nodiscard]] Arrival hear(const QuicPacket& packet);
  // The next message of the stream that is whole, with its header; empty: there is none. Valid
  // until the next hear().
  [[nodiscard]] flowtable::Bytes next_message() noexcept;
  // The next message says that it is longer than a server has reason for.
  [[nodiscard]] bool message_too_large() const noexcept;

  // A genuine packet was heard.
  [[nodiscard]] bool heard_any() const noexcept { return !received_.empty(); }
  // Something came that wants an acknowledgement.
  [[nodiscard]] bool ack_due() const noexcept { return ack_due_; }
  // Of a CONNECTION_CLOSE.
  [[nodiscard]] std::optional<uint64_t> close_code() const noexcept { return close_code_; }

  // Writes the acknowledgement where one is due.
  void write_due_ack(WireWriter& out);
  [[nodiscard]] uint64_t next_number() const noexcept { return next_number_; }
  // Seals a packet with the next number, which becomes that of `header`. There are keys.
  [[nodiscard]] std::vector<uint8_t> seal(LongHeader header, flowtable::Bytes frames);

 private:
  [[nodiscard]] Arrival read_frames(flowtable::Bytes payload);

  std::optional<Keys> keys_;
  ReceivedNumbers received_;
  ArrivedPieces crypto_;
  size_t crypto_at_ = 0;  // of what next_message() gave out
  uint64_t next_number_ = 0;
  bool ack_due_ = false;
  std::optional<uint64_t> close_code_;
};

}  // namespace tls::probe
