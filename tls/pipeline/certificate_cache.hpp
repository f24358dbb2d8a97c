// SPDX-License-Identifier: Apache-2.0
// Certificates that were seen before.
#pragma once

#include "tls/digest/keyed_hash.hpp"
#include "tls/pipeline/observation.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <unordered_map>

namespace tls {

// The same few thousand certificates are shown millions of times: of one that is known, the cost
// is a look-up by a quick hash, and a comparison of the whole DER, which is what counts. Shards
// with a lock each, least recently used first out. Bounded by number and, because some certificates
// are huge, by the bytes of their DER. Any thread.
class CertificateCache {
 public:
  // DER bytes that a shard may hold for each certificate it may hold: four times the usual size.
  static constexpr size_t kBytesPerCertificate = 8 * 1024;

  // At least one certificate per shard is kept, so the bound is rounded up to kShards.
  explicit CertificateCache(size_t certificates_max);

  struct Found {
    CertificatePtr certificate;  // never null
    bool is_new = false;         // was parsed for this call
  };
  // Facts of a DER certificate, from memory or by parsing it. Two threads that bring the same new
  // certificate at the same time may both parse it; both get the one that is kept.
  [[nodiscard]] Found find_or_parse(flowtable::Bytes der);

  [[nodiscard]] size_t size() const;

 private:
  static constexpr size_t kShards = 64;

  struct Key {
    uint64_t hash = 0;
    flowtable::Bytes der;  // of the certificate that is kept, or that is asked for
    bool operator==(const Key& other) const noexcept {
      return hash == other.hash && std::ranges::equal(der, other.der);
    }
  };
  struct KeyHash {
    [[nodiscard]] size_t operator()(const Key& key) const noexcept { return key.hash; }
  };
  struct Entry {
    uint64_t hash;
    CertificatePtr certificate;
    [[nodiscard]] Key key() const noexcept { return {hash, certificate->der}; }
  };
  using Order = std::list<Entry>;  // most recently used first
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    Order order;
    std::unordered_map<Key, Order::iterator, KeyHash> index;
    size_t der_bytes = 0;
  };

  // By other bits than those that choose a place in its index.
  [[nodiscard]] Shard& shard_of(uint64_t hash) noexcept { return shards_[(hash >> 56) % kShards]; }
  [[nodiscard]] static CertificatePtr find(Shard& shard, const Key& key);
  [[nodiscard]] CertificatePtr keep(Shard& shard, Entry fresh) const;

  const uint64_t seed_ = process_seed();
  const size_t shard_certificates_max_;
  std::array<Shard, kShards> shards_;
};

}  // namespace tls
