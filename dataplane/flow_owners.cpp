// SPDX-License-Identifier: Apache-2.0
#include "dataplane/flow_owners.hpp"

#include <bit>
#include <cstddef>

namespace dataplane {
namespace {

constexpr uint16_t kKeyWord = 0x6d5a;

// The hash is linear, so that of a word is that of its high byte and that of its low one together.
constexpr std::array<std::array<uint16_t, 256>, 2> make_hashes() {
  std::array<std::array<uint16_t, 256>, 2> out{};
  for (size_t half = 0; half < 2; ++half) {
    for (size_t byte = 0; byte < 256; ++byte) {
      for (size_t bit = 0; bit < 8; ++bit) {
        const bool set = (byte << bit & 0x80) != 0;
        const auto shift = static_cast<int>(half * 8 + bit);
        if (set) out[half][byte] ^= std::rotl(kKeyWord, shift);
      }
    }
  }
  return out;
}
constexpr auto kHashes = make_hashes();

constexpr uint16_t fold(uint64_t word) noexcept {
  word ^= word >> 32;
  word ^= word >> 16;
  return static_cast<uint16_t>(word);
}

}  // namespace

uint16_t symmetric_hash16(uint16_t folded) noexcept {
  return kHashes[0][folded >> 8] ^ kHashes[1][folded & 0xff];
}

uint16_t FlowOwners::of_flow_by_card(const PacketView& packet) const noexcept {
  constexpr uint8_t kTcp = 6;
  const std::array<uint64_t, 5>& words = packet.key.words;
  // IPv4 addresses stand in their mapped form: the twelve bytes before their four fold to nothing.
  constexpr uint64_t kMapped = 0xffff;
  const bool v6 =
      (words[0] | words[2]) != 0 || words[1] >> 32 != kMapped || words[3] >> 32 != kMapped;
  const auto& inputs = packet.key.protocol() == kTcp ? rule_.tcp : rule_.udp;
  const RssInput input = inputs[v6 ? 1 : 0];
  uint64_t folded = 0;
  if (input != RssInput::nothing) folded = words[0] ^ words[1] ^ words[2] ^ words[3];
  uint16_t hash16 = fold(folded);
  if (input == RssInput::addresses_and_ports) hash16 ^= fold(packet.key.ports());
  const auto entry = symmetric_hash16(hash16) & (rule_.reta_period - 1);
  return static_cast<uint16_t>(entry % cores_);
}

}  // namespace dataplane
