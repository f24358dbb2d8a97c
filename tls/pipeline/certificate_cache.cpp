// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/certificate_cache.hpp"

#include "tls/fingerprint/d4_text.hpp"
#include "tls/fingerprint/foxio_methods.hpp"
#include "tls/fingerprint/tlsh.hpp"

#include <utility>

namespace tls {

using flowtable::Bytes;

CertificateCache::CertificateCache(size_t certificates_max)
    : shard_certificates_max_(certificates_max / kShards + 1) {}

CertificatePtr CertificateCache::find(Shard& shard, const Key& key) {
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.index.find(key);
  if (found == shard.index.end()) return nullptr;
  shard.order.splice(shard.order.begin(), shard.order, found->second);
  return found->second->certificate;
}

CertificatePtr CertificateCache::keep(Shard& shard, Entry fresh) const {
  const std::lock_guard lock(shard.mutex);
  const auto [at, inserted] = shard.index.try_emplace(fresh.key());
  if (!inserted) return at->second->certificate;
  shard.order.push_front(fresh);
  at->second = shard.order.begin();
  shard.der_bytes += fresh.certificate->der.size();
  // The newest one stays, however large it is.
  while (shard.order.size() > 1 &&
         (shard.order.size() > shard_certificates_max_ ||
          shard.der_bytes > shard_certificates_max_ * kBytesPerCertificate)) {
    const Entry oldest = std::move(shard.order.back());
    shard.order.pop_back();
    shard.index.erase(oldest.key());
    shard.der_bytes -= oldest.certificate->der.size();
  }
  return std::move(fresh.certificate);
}

CertificateCache::Found CertificateCache::find_or_parse(Bytes der) {
  const uint64_t hash = keyed_hash(der, seed_);
  Shard& shard = shard_of(hash);
  if (CertificatePtr known = find(shard, {hash, der})) return {std::move(known), false};

  auto fresh = std::make_shared<CertificateFacts>(parse_certificate(der));
  if (std::optional<Fingerprint> ja4x = ja4x_of(der)) {
    fresh->ja4x = std::move(ja4x->hash);
    fresh->ja4x_raw = std::move(ja4x->raw);
  }
  if (const std::optional<Tlsh> tlsh = tlsh_of(der)) fresh->tlsh = t1_text(*tlsh);
  fresh->d4_text = d4_certificate_text(der);
  return {keep(shard, {hash, std::move(fresh)}), true};
}

size_t CertificateCache::size() const {
  size_t total = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    total += shard.order.size();
  }
  return total;
}

}  // namespace tls
