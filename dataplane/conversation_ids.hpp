// SPDX-License-Identifier: Apache-2.0
// By what late packets of a UDP conversation are told from the first of another one.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "flowtable/flow.hpp"

#include <array>
#include <cstdint>

namespace dataplane {

// A flow of UDP has no sequence numbers. Their four fields hold hashes of the first four values
// that name its conversation: QUIC's connection ids (the client's two, that of a Retry, the
// server's), or the randoms of DTLS ClientHellos. Two that hash alike only make two conversations
// one.
[[nodiscard]] inline uint32_t conversation_hash(flowtable::Bytes id) noexcept {
  uint32_t hash = 0x811c9dc5;  // FNV-1a
  for (const uint8_t byte : id)
    hash = (hash ^ byte) * 0x01000193;
  return hash == 0 ? 1 : hash;
}

[[nodiscard]] inline std::array<uint32_t, 4> known_ids(const flowtable::Flow& flow) noexcept {
  const std::array<uint32_t, 2>& isn = flow.details().isn;
  return {isn[0], isn[1], flow.next_seq[0], flow.next_seq[1]};
}

[[nodiscard]] inline bool knows_any(const flowtable::Flow& flow) noexcept {
  return flow.details().isn[0] != 0;
}

[[nodiscard]] inline bool knows(const flowtable::Flow& flow, flowtable::Bytes id) noexcept {
  if (id.empty()) return false;
  const uint32_t hash = conversation_hash(id);
  for (const uint32_t known : known_ids(flow))
    if (known == hash) return true;
  return false;
}

// An empty id names nothing.
inline void remember(flowtable::Flow& flow, flowtable::Bytes id) noexcept {
  if (id.empty() || knows(flow, id)) return;
  std::array<uint32_t, 2>& isn = flow.details().isn;
  for (uint32_t* field : {&isn[0], &isn[1], &flow.next_seq[0], &flow.next_seq[1]}) {
    if (*field != 0) continue;
    *field = conversation_hash(id);
    return;
  }
}

}  // namespace dataplane
