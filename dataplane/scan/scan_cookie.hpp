// SPDX-License-Identifier: Apache-2.0
// How an answer is known to be one of ours without a memory of what was asked.
#pragma once

#include "dataplane/scan/address_words.hpp"
#include "dataplane/scan/aes_cipher.hpp"
#include "dataplane/scan/siphash.hpp"
#include "flowtable/flow_key.hpp"

#include <cstdint>
#include <optional>

namespace dataplane {

// The source ports of one poll core: answers name the core that asked.
struct PortRange {
  uint16_t first = 0;
  uint16_t count = 0;  // > 0
  [[nodiscard]] bool contains(uint16_t port) const noexcept {
    return static_cast<uint16_t>(port - first) < count;
  }
};

// Source port and first sequence number of a probe follow from whom it asks, by a key that is made
// anew for each scan and has nothing to do with the seed of the order, which people are told. So an
// answer that acknowledges the right number to the right port came from somebody who got the probe:
// 32 bits and those of the port stand against guessing.
class ScanCookie {
 public:
  // What mixes: AES where the CPU has it (a CBC-MAC: addresses of one family are of one length, and
  // the first block is the source), else SipHash. Nobody outside can tell which.
  enum class Mixer : uint8_t { aes, siphash };
  [[nodiscard]] static Mixer best() noexcept {
    return AesCipher::is_there() ? Mixer::aes : Mixer::siphash;
  }
  ScanCookie(const SipKey& key, const PortRange& ports, Mixer mixer = best()) noexcept
      : key_(key), ports_(ports) {
    if (mixer == Mixer::aes) aes_.emplace(AesBlock{key.k0, key.k1});
  }

  struct Values {
    uint16_t source_port = 0;
    uint32_t sequence = 0;
  };
  // All cookies of one source, which is what each message begins with: an IPv4 target with its port
  // and the attempt is one more block of AES, or six rounds of SipHash. Borrows the ScanCookie.
  class From {
   public:
    // `attempt` sets retries apart, so that they take another way where paths are chosen by port.
    [[nodiscard]] Values of(const flowtable::Endpoint& target, uint8_t attempt) const noexcept {
      const uint64_t hash = hash_of(target, attempt);
      const uint64_t port = (hash >> 32) * ports_.count >> 32;
      return {static_cast<uint16_t>(ports_.first + port), static_cast<uint32_t>(hash)};
    }

   private:
    friend class ScanCookie;
    From(const ScanCookie& cookie, const flowtable::IpAddress& source) noexcept;
    [[nodiscard]] uint64_t hash_of(const flowtable::Endpoint& target,
                                   uint8_t attempt) const noexcept {
      const AddressWords to = words_of(target.address);
      const uint64_t rest = uint64_t{target.port} << 8 | attempt;
      if (aes_ != nullptr) {
        if (is_mapped(to))
          return aes_->encrypt(begun_block_.low ^ rest, begun_block_.high ^ to.low).low;
        const AesBlock behind =
            aes_->encrypt(begun_block_.low ^ to.low, begun_block_.high ^ to.high);
        return aes_->encrypt(behind.low ^ rest, behind.high).low;
      }
      SipHasher hasher = begun_;
      if (is_mapped(to)) return hasher.finish(to.low >> 32 << 24 | rest, 16 + 7);
      return hasher.take(to.high).take(to.low).finish(rest, 16 + 16 + 3);
    }

    const AesCipher* aes_;  // null: SipHash
    AesBlock begun_block_;
    SipHasher begun_;
    PortRange ports_;
  };
  [[nodiscard]] From from(const flowtable::IpAddress& source) const noexcept {
    return {*this, source};
  }
  [[nodiscard]] Values of(const flowtable::IpAddress& source, const flowtable::Endpoint& target,
                          uint8_t attempt) const noexcept {
    return from(source).of(target, attempt);
  }

  // Which attempt was answered by a segment to `ours` that acknowledges `acknowledged`, of at most
  // `attempts`; kForged where none of them was.
  static constexpr uint8_t kForged = 0xff;
  [[nodiscard]] uint8_t answered(const flowtable::Endpoint& ours, const flowtable::Endpoint& target,
                                 uint32_t acknowledged, uint8_t attempts) const noexcept;

 private:
  SipKey key_;
  PortRange ports_;
  std::optional<AesCipher> aes_;
};

}  // namespace dataplane
