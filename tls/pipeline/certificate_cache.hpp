// SPDX-License-Identifier: Apache-2.0
// Certificates that were seen before.
#pragma once

#include "tls/pipeline/observation.hpp"

#include <array>
#include <cstddef>
#include <list>
#include <mutex>
#include <unordered_map>

namespace tls {

// The same few thousand certificates are shown millions of times: of one that is known, the cost
// is a SHA-256 and a look-up. Shards with a lock each, least recently used first out. Bounded by
// number and, because some certificates are huge, by the bytes of their DER. Any thread.
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

  struct DigestHash {
    // The key is a digest: any eight bytes of it are a good hash. Not the first, they chose the
    // shard.
    [[nodiscard]] size_t operator()(const Sha256& digest) const noexcept {
      return flowtable::load_be64(digest.data() + 8);
    }
  };
  using Order = std::list<CertificatePtr>;  // most recently used first
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    Order order;
    std::unordered_map<Sha256, Order::iterator, DigestHash> index;
    size_t der_bytes = 0;
  };

  [[nodiscard]] Shard& shard_of(const Sha256& digest) noexcept;
  [[nodiscard]] static CertificatePtr find(Shard& shard, const Sha256& digest);
  [[nodiscard]] CertificatePtr keep(Shard& shard, CertificatePtr fresh) const;

  const size_t shard_certificates_max_;
  std::array<Shard, kShards> shards_;
};

}  // namespace tls
