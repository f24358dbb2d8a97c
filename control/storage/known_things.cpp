// SPDX-License-Identifier: Apache-2.0
#include "control/storage/known_things.hpp"

namespace control {
namespace {

// Beyond so many of a kind all are forgotten: they are written once more, which changes nothing.
constexpr size_t kKnownMax = 1'000'000;

// The database keeps these times to the hour.
constexpr auto kFingerprintStep = std::chrono::hours(1);

template <typename Container>
void bound(Container& known) {
  if (known.size() > kKnownMax) known.clear();
}

}  // namespace

void KnownThings::clear() {
  certificates_.clear();
  chains_.clear();
  fingerprints_.clear();
}

void KnownThings::strip(BatchRows& rows) {
  std::erase_if(rows.certificates, [&](const CertificateRow& row) {
    return !certificates_.insert(row.facts->sha256).second;
  });
  std::erase_if(rows.chains, [&](const ChainRow& row) { return !chains_.insert(row.id).second; });
  std::erase_if(rows.fingerprints, [&](const FingerprintRow& row) {
    std::string key(row.method);
    key += ' ';
    key += row.hash;
    const auto [it, is_new] = fingerprints_.try_emplace(std::move(key), row.seen);
    if (is_new) return false;
    SeenSpan& known = it->second;
    if (row.seen.first >= known.first && row.seen.last <= known.last + kFingerprintStep)
      return true;
    known.first = std::min(known.first, row.seen.first);
    known.last = std::max(known.last, row.seen.last);
    return false;
  });
  bound(certificates_);
  bound(chains_);
  bound(fingerprints_);
}

}  // namespace control
