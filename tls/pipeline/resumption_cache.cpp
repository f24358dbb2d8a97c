// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/resumption_cache.hpp"

#include "flowtable/base/check.hpp"

#include <utility>

namespace tls {

namespace {

std::shared_ptr<const OriginalSession> original_of(const Observation& seen) {
  auto out = std::make_shared<OriginalSession>();
  out->seen = seen.seen;
  if (seen.certs.size() > ResumptionCache::kChainMax) return out;
  out->certs.reserve(seen.certs.size());
  for (const CertificatePtr& certificate : seen.certs)
    out->certs.push_back(certificate->sha256);
  return out;
}

}  // namespace

ResumptionCache::ResumptionCache(size_t entries_max) : entries_max_(entries_max) {
  CHECK(entries_max > 0);
}

void ResumptionCache::remember(const std::optional<Sha256>& key, const Original& original) {
  if (!key) return;
  const auto [at, is_new] = index_.try_emplace(*key);
  if (!is_new) {
    at->second->original = original;
    order_.splice(order_.begin(), order_, at->second);
    return;
  }
  order_.push_front({*key, original});
  at->second = order_.begin();
  if (order_.size() <= entries_max_) return;
  index_.erase(order_.back().key);
  order_.pop_back();
  ++num_evicted_;
}

ResumptionCache::Original ResumptionCache::find(const std::optional<Sha256>& key) {
  if (!key) return nullptr;
  const auto found = index_.find(*key);
  if (found == index_.end()) return nullptr;
  order_.splice(order_.begin(), order_, found->second);
  return found->second->original;
}

Resumption ResumptionCache::note(Observation& seen, const ResumptionKeys& keys) {
  if (!seen.resumed) {
    // An answer that is a HelloRetryRequest, or a flight cut short, is no session yet.
    if (!seen.complete()) return Resumption::none;
    if (!keys.session_id && !keys.ticket_given && !keys.visit) return Resumption::none;
    const Original original = original_of(seen);
    remember(keys.session_id, original);
    remember(keys.ticket_given, original);
    remember(keys.visit, original);
    return Resumption::none;
  }
  Original original = find(keys.visit);
  if (keys.visit) {
    seen.resumed_by = ResumedBy::psk;
  } else if ((original = find(keys.ticket_offered))) {
    seen.resumed_by = ResumedBy::ticket;
  } else {
    original = find(keys.session_id);
    seen.resumed_by = original || !keys.ticket_offered ? ResumedBy::session_id : ResumedBy::ticket;
  }
  if (!original) return Resumption::unlinked;
  seen.original = *original;
  // A resumed session may get a new ticket, which leads to the same handshake.
  remember(keys.ticket_given, original);
  return Resumption::linked;
}

}  // namespace tls
