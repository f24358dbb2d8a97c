// SPDX-License-Identifier: Apache-2.0
// The door to the methods under another licence: one of two files behind it is built.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "flowtable/base/tick.hpp"
#include "tls/fingerprint/fingerprint.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace tls {

struct FingerprintMethod;

// Methods over hellos; empty without the build option `foxio`.
[[nodiscard]] std::span<const FingerprintMethod> foxio_methods() noexcept;

// JA4X of a DER certificate; nullopt without the build option, or where the DER cannot be walked.
[[nodiscard]] std::optional<Fingerprint> ja4x_of(flowtable::Bytes der);

// What JA4T reads of a SYN, and JA4TS of a SYN-ACK. Borrows.
struct SynParts {
  uint16_t window = 0;               // as it stands in the header, not scaled
  flowtable::Bytes options;          // with their padding
  std::span<const uint8_t> repeats;  // whole seconds from each sending of it to the next
};
// JA4T, which does not tell of repeats, and JA4TS, which does. nullopt without the build option.
[[nodiscard]] std::optional<Fingerprint> ja4t_of(const SynParts& syn);
[[nodiscard]] std::optional<Fingerprint> ja4ts_of(const SynParts& syn_ack);

// From a packet of one side to what the other side answered, as a point between them saw it.
struct RoundTrip {
  flowtable::Tick asked{};
  flowtable::Tick answered{};
};
// What JA4L and JA4LS are made of. Server: SYN to SYN-ACK, then the first payload of the client to
// the server's. Client: SYN-ACK to ACK, then the server's first payload to the client's next.
struct LightDistance {
  RoundTrip handshake;
  uint8_t ttl = 0;  // IPv4 TTL or IPv6 hop limit of who answered, as it arrived
  std::optional<RoundTrip> application;
};
// JA4L or JA4LS. nullopt without the build option, or where the answer came before the question.
[[nodiscard]] std::optional<Fingerprint> ja4l_of(const LightDistance& distance);

}  // namespace tls
