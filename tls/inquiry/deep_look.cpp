// SPDX-License-Identifier: Apache-2.0
#include "tls/inquiry/deep_look.hpp"

#include "tls/probe/sounding_hellos.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace tls {

using probe::PostQuantum;
using probe::Refusal;
using probe::SoundingAnswer;

DeepLook::DeepLook(const InquiryWish& wish, AttemptWish way, std::string host)
    : wish_(wish), way_(std::move(way)), host_(std::move(host)) {
  begin_version();
}

AttemptWish DeepLook::sounding(probe::HelloDescription hello) const {
  AttemptWish out = way_;
  out.look = AttemptWish::Look::sounding;
  out.hello = std::move(hello);
  if (!way_.alpn.empty() && out.hello.extensions) {
    out.hello.alpn = {way_.alpn};
    out.hello.extensions->insert(out.hello.extensions->begin(),
                                 static_cast<uint16_t>(ExtensionType::alpn));
  }
  return out;
}

std::optional<AttemptWish> DeepLook::next() {
  if (stage_ == Stage::jarm) {
    if (wish_.jarm && num_jarm_ < probe::kJarmHellos) {
      AttemptWish out = way_;
      out.look = AttemptWish::Look::jarm;
      out.hello = probe::jarm_hello(num_jarm_++, host_, probe::new_jarm_random());
      return out;
    }
    stage_ = Stage::versions;
  }
  if (stage_ == Stage::versions) {
    if (wish_.versions || wish_.ciphers) {
      if (auto out = next_version()) return out;
    }
    stage_ = wish_.groups ? Stage::classic_group : Stage::over;
    if (wish_.groups) return sounding(probe::groups_hello(PostQuantum::no, way_.host));
  }
  if (stage_ == Stage::classic_group) {
    stage_ = Stage::post_quantum_group;
    return sounding(probe::groups_hello(PostQuantum::yes, way_.host));
  }
  stage_ = Stage::over;
  return std::nullopt;
}

void DeepLook::begin_version() {
  const auto versions = probe::sounded_versions();
  num_soundings_ = 0;
  suites_.clear();
  if (version_at_ >= versions.size()) return;
  // Stacks that know SSL are old enough to fall over a hello of it.
  if (versions[version_at_] != kSsl3 || wish_.old_ssl) {
    suites_ = probe::sounded_suites(versions[version_at_]);
  }
}

std::optional<AttemptWish> DeepLook::next_version() {
  const auto versions = probe::sounded_versions();
  while (suites_.empty() || num_soundings_ >= kSoundingsPerVersionMax) {
    if (version_at_ + 1 >= versions.size()) return std::nullopt;
    ++version_at_;
    begin_version();
  }
  ++num_soundings_;
  num_offered_ = std::min(suites_.size(), probe::kSoundedSuitesMax);
  return sounding(probe::version_hello(versions[version_at_],
                                       std::span(suites_).first(num_offered_), way_.host));
}

void DeepLook::take(const Attempt& attempt) {
  if (const probe::JarmConversation* const heard = attempt.jarm()) {
    if (heard->timed_out()) jarm_.time_out();
    return jarm_.add(num_jarm_ - 1, heard->first_segment());
  }
  const SoundingAnswer* const answer = attempt.sounding();
  const bool has_answer = answer != nullptr && answer->refusal == Refusal::none;
  if (stage_ == Stage::versions) {
    // Without an answer of TLS, as where the dialogue failed, there is nothing to go on with.
    if (answer == nullptr) return suites_.clear();
    return take_version(*answer);
  }
  if (!has_answer || answer->version != kTls13) return;
  (stage_ == Stage::classic_group ? groups_.classic : groups_.post_quantum) = answer->group;
}

void DeepLook::take_version(const SoundingAnswer& answer) {
  const auto offered_end = suites_.begin() + static_cast<std::ptrdiff_t>(num_offered_);
  if (answer.refusal == Refusal::alert || answer.refusal == Refusal::closed ||
      answer.refusal == Refusal::reset) {
    suites_.erase(suites_.begin(), offered_end);
    return;
  }
  const uint16_t version = probe::sounded_versions()[version_at_];
  const auto chosen = std::find(suites_.begin(), offered_end, answer.cipher);
  const bool is_accepted = answer.refusal == Refusal::none && answer.version == version;
  if (!is_accepted || chosen == offered_end) return suites_.clear();
  if (accepted_.empty() || accepted_.back().version != version) accepted_.push_back({version, {}});
  accepted_.back().suites.push_back(answer.cipher);
  suites_.erase(chosen);
  if (!wish_.ciphers) suites_.clear();
}

void DeepLook::write(ServiceReport& report) const {
  if (num_jarm_ == probe::kJarmHellos) {
    report.jarm = jarm_.hash();
    report.jarm_raw = jarm_.raw();
  }
  report.accepted = accepted_;
  report.groups = groups_;
}

}  // namespace tls
