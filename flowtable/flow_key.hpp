// SPDX-License-Identifier: Apache-2.0
// Who talks to whom, without a direction.
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace flowtable {

// An IPv6 address, or an IPv4 one in its mapped form ::ffff:a.b.c.d. Network byte order.
struct IpAddress {
  std::array<uint8_t, 16> bytes{};

  // `address` is exactly 4 bytes (IPv4) or 16 (IPv6).
  [[nodiscard]] static IpAddress from_bytes(Bytes address) noexcept;
  [[nodiscard]] bool is_v4() const noexcept;
  auto operator<=>(const IpAddress&) const = default;
};

struct Endpoint {
  IpAddress address;
  uint16_t port = 0;  // host byte order
  auto operator<=>(const Endpoint&) const = default;
};

// Side a is the smaller endpoint of a FlowKey, b the larger: a name for a direction that does not
// depend on who spoke first.
enum class Side : uint8_t { a = 0, b = 1 };
[[nodiscard]] constexpr Side other(Side side) noexcept {
  return side == Side::a ? Side::b : Side::a;
}
[[nodiscard]] constexpr size_t index_of(Side side) noexcept {
  return static_cast<size_t>(side);
}

// Both directions of a conversation have the same key. Five words, so that comparing and hashing
// are five steps; all bits of all words count.
struct FlowKey {
  std::array<uint64_t, 5> words{};

  struct Ordered;
  // The key of a packet from `sender` to `receiver`, and which side the sender is. `protocol` is
  // the IP protocol number. Where both endpoints are equal the sender is side a.
  [[nodiscard]] static Ordered of(const Endpoint& sender, const Endpoint& receiver,
                                  uint8_t protocol) noexcept;

  [[nodiscard]] Endpoint endpoint(Side side) const noexcept;
  [[nodiscard]] constexpr uint8_t protocol() const noexcept {
    return static_cast<uint8_t>(words[4]);
  }
  // The last word: 32 bits of ports, side a's above side b's, and below them the 16 bits of what
  // kind of key it is. These are the protocol, and above it marks.
  [[nodiscard]] constexpr uint32_t ports() const noexcept {
    return static_cast<uint32_t>(words[4] >> 16);
  }
  [[nodiscard]] constexpr uint16_t kind() const noexcept { return static_cast<uint16_t>(words[4]); }
  [[nodiscard]] static constexpr uint64_t last_word(uint32_t ports, uint16_t kind) noexcept {
    return uint64_t{ports} << 16 | kind;
  }
  // The upper half of an address is not zero: nearly every IPv6 address, and no IPv4 one.
  static constexpr uint16_t kHasNetworks = 1 << 8;
  [[nodiscard]] constexpr bool has_networks() const noexcept {
    return (words[4] & kHasNetworks) != 0;
  }

  // The key under which a connection is kept while another one with the same ends is not over
  // (RFC 9293 section 3.4: another incarnation), and back. It has the same ends and protocol.
  static constexpr uint16_t kNextIncarnation = 1 << 9;
  [[nodiscard]] constexpr FlowKey next_incarnation() const noexcept {
    return marked(kNextIncarnation);
  }
  [[nodiscard]] constexpr FlowKey plain() const noexcept { return marked(0); }
  [[nodiscard]] constexpr bool is_next_incarnation() const noexcept {
    return (words[4] & kNextIncarnation) != 0;
  }

  bool operator==(const FlowKey&) const = default;

 private:
  [[nodiscard]] constexpr FlowKey marked(uint64_t mark) const noexcept {
    FlowKey out = *this;
    out.words[4] = (words[4] & ~uint64_t{kNextIncarnation}) | mark;
    return out;
  }
};

struct FlowKey::Ordered {
  FlowKey key;
  Side sender;
};

namespace detail {
// Folds the 128-bit product of two words: every bit of both reaches every bit of the result.
[[nodiscard]] inline uint64_t fold_product(uint64_t left, uint64_t right) noexcept {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(left) * right;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}
}  // namespace detail

// A keyed hash: without `seed` nobody can aim packets at one bucket. All 64 bits are good; the
// flow table takes the low ones, steering the high ones. Every packet pays for it.
[[nodiscard]] inline uint64_t hash_flow_key(const FlowKey& key, uint64_t seed) noexcept {
  // Odd constants with half their bits set (fractions of square roots of primes).
  constexpr uint64_t kFirst = 0x6a09e667f3bcc909;
  constexpr uint64_t kSecond = 0xbb67ae8584caa73b;
  using detail::fold_product;
  const uint64_t left = fold_product(key.words[0] ^ seed ^ kFirst, key.words[1] ^ kSecond);
  const uint64_t right = fold_product(key.words[2] ^ seed ^ kSecond, key.words[3] ^ kFirst);
  return fold_product(left ^ key.words[4], right ^ seed ^ kFirst);
}

}  // namespace flowtable
