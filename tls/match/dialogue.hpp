// SPDX-License-Identifier: Apache-2.0
// The protocols that TLS may follow inside one connection, and what they say first.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tls {

enum class Talker : uint8_t { client, server };

// Words that speak for a dialogue.
struct Words {
  Talker talker;
  uint8_t weight;          // how much they say: see `needed`
  const char* expression;  // over what the talker said first; for PatternSet
};

// A row of the one declaration of them. The dialogue whose words weigh most is it; where two weigh
// the same, the earlier row. A usual port weighs kPortWeight.
struct Dialogue {
  std::string_view name;  // as records have it
  std::span<const Words> words;
  std::span<const uint16_t> ports;  // where it usually is
  bool carries = false;             // a proxy's: another dialogue may follow it
};

// Words of less weight in all than this are no evidence.
inline constexpr uint8_t kWeightNeeded = 2;
inline constexpr uint8_t kPortWeight = 1;

// Plaintext stood before TLS, and it is none of these.
inline constexpr std::string_view kUnknownDialogue = "unknown";

[[nodiscard]] std::span<const Dialogue> dialogues() noexcept;

}  // namespace tls
