// SPDX-License-Identifier: Apache-2.0
#include "control/storage/known_things.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace control {
namespace {

// Beyond so many of a kind all are forgotten: they are written once more, which changes nothing.
constexpr size_t kKnownMax = 1'000'000;

// How far the times of a thing that everybody shows may fall behind: its row is written anew for
// each move, and half of all sessions show one of a few. Links have theirs exactly.
constexpr auto kFingerprintStep = std::chrono::hours(1);
constexpr auto kCertificateStep = std::chrono::minutes(10);

// Whether `seen` moves what was written last; then that is `seen` from now on.
bool moves(SeenSpan& written, const SeenSpan& seen, flowtable::Tick::duration step) {
  if (seen.first >= written.first && seen.last <= written.last + step) return false;
  written.first = std::min(written.first, seen.first);
  written.last = std::max(written.last, seen.last);
  return true;
}

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
    return certificates_.contains(row.facts->sha256);
  });
  std::erase_if(rows.certificates_seen, [&](const CertificateSeenRow& row) {
    const auto [it, is_new] = certificates_.try_emplace(row.sha256, row.seen);
    return !is_new && !moves(it->second, row.seen, kCertificateStep);
  });
  std::erase_if(rows.chains, [&](const ChainRow& row) { return !chains_.insert(row.id).second; });
  std::erase_if(rows.fingerprints, [&](const FingerprintRow& row) {
    std::string key(row.method);
    key += ' ';
    key += row.hash;
    const auto [it, is_new] = fingerprints_.try_emplace(std::move(key), row.seen);
    return !is_new && !moves(it->second, row.seen, kFingerprintStep);
  });
  bound(certificates_);
  bound(chains_);
  bound(fingerprints_);
}

}  // namespace control
