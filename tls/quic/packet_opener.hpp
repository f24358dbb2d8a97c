// SPDX-License-Identifier: Apache-2.0
// Takes the protection off QUIC packets.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/quic/initial_keys.hpp"
#include "tls/quic/packet_protection.hpp"
#include "tls/wire/quic_packet.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace tls {

struct OpenedPacket {
  uint64_t number = 0;
  flowtable::Bytes payload;  // frames; a window of the caller's buffer
};

// Of a packet number space: the number after the largest one opened so far, 0 at the start.
using ExpectedNumber = uint64_t;

// RFC 9000 appendix A.3: the whole number of which the lowest `num_bits` bits were sent.
[[nodiscard]] uint64_t whole_packet_number(uint64_t sent, unsigned num_bits,
                                           ExpectedNumber expected) noexcept;

// Opens an Initial packet: header protection (RFC 9001 section 5.4), then the AEAD (section 5.3).
// nullopt where the packet is too short, or was not protected by these keys. `buffer` is at least
// as long as the packet. Any thread.
[[nodiscard]] std::optional<OpenedPacket> open_initial(const QuicPacket& packet,
                                                       const PacketKeys& keys,
                                                       ExpectedNumber expected,
                                                       std::span<uint8_t> buffer) noexcept;

// Likewise any long header packet but Retry, by keys of any cipher.
[[nodiscard]] std::optional<OpenedPacket> open_packet(const QuicPacket& packet,
                                                      const ProtectionKeys& keys,
                                                      ExpectedNumber expected,
                                                      std::span<uint8_t> buffer) noexcept;

// Whether a Retry packet answers a client's Initial packet with this Destination Connection ID:
// RFC 9001 section 5.8, and for drafts up to 24 the id that it repeats. False where that cannot be
// told. Any thread.
[[nodiscard]] bool is_retry_of(const QuicPacket& retry, flowtable::Bytes destination_id) noexcept;

}  // namespace tls
