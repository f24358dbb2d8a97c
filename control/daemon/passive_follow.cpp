// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/passive_follow.hpp"

#include "control/daemon/scan_desk.hpp"
#include "control/export/text_format.hpp"

#include <algorithm>

namespace control {
namespace {

constexpr uint16_t kTls13 = 0x0304;

// RFC 8446 section 4.4: from TLS 1.3 on the Certificate message is encrypted.
bool is_sealed(const tls::Observation& seen) {
  return seen.source == tls::Source::passive && seen.kind == tls::RecordKind::tls && seen.answer &&
         seen.answer->version == kTls13 && seen.certs.empty();
}

std::string key_of(const tls::Observation& seen, const std::string& name) {
  return text_of(seen.server.address) + ' ' + std::to_string(seen.server.port) + ' ' +
         std::to_string(static_cast<int>(seen.transport)) + ' ' + name;
}

}  // namespace

PassiveFollow::PassiveFollow(const Parts& parts)
    : parts_(parts), askable_(parts.site.allowed.without(parts.site.excluded)) {
  tls::InquiryWish wish;
  wish.other_certificate = false;
  wish.without_name = false;
  parts_.workers.begin_job(kTapJob, wish);
}

void PassiveFollow::see(const tls::RecordBatch& batch, Clock::time_point now) {
  const double seconds = std::chrono::duration<double>(now - last_).count();
  budget_ = std::min(budget_ + seconds * parts_.per_second, std::max(parts_.per_second, 1.0));
  last_ = now;
  for (const tls::Observation& seen : batch) {
    if (is_sealed(seen)) follow(seen, now);
  }
}

void PassiveFollow::follow(const tls::Observation& seen, Clock::time_point now) {
  counters_.add(FollowCounter::sealed_seen);
  if (!askable_.contains(seen.server.address)) return counters_.add(FollowCounter::not_allowed);
  const std::string name = seen.sni ? *seen.sni : "";
  const std::string key = key_of(seen, name);
  if (was_asked_lately(key, now)) return counters_.add(FollowCounter::asked_lately);
  if (budget_ < 1) return counters_.add(FollowCounter::over_rate);
  tls::ServiceQuestion question;
  question.job = kTapJob;
  question.server = seen.server;
  question.transport = seen.transport;
  question.name = name;
  question.protocol = seen.starttls;
  question.reference = kAskedAgain;
  question.wanted_since = seen.seen;
  if (!parts_.workers.ask(question)) return counters_.add(FollowCounter::no_room);
  budget_ -= 1;
  remember(key, now);
  counters_.add(FollowCounter::asked);
}

bool PassiveFollow::was_asked_lately(const std::string& key, Clock::time_point now) const {
  const auto found = by_key_.find(key);
  return found != by_key_.end() && now - found->second->asked < kAgain;
}

void PassiveFollow::remember(const std::string& key, Clock::time_point now) {
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    const auto at = found->second;
    by_key_.erase(found);
    remembered_.erase(at);
  }
  remembered_.push_front({key, now});
  by_key_[remembered_.front().key] = remembered_.begin();
  if (remembered_.size() <= kRememberedMax) return;
  by_key_.erase(remembered_.back().key);
  remembered_.pop_back();
}

}  // namespace control
