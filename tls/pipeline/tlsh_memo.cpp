// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/tlsh_memo.hpp"

#include "tls/fingerprint/d4_text.hpp"

#include <string_view>

namespace tls {
namespace {

std::string_view ja3_of(const Observation& seen) noexcept {
  return seen.hello ? seen.hello->ja3.raw : std::string_view{};
}
std::string_view ja3s_of(const Observation& seen) noexcept {
  return seen.answer ? seen.answer->ja3s.raw : std::string_view{};
}

std::string tlsh_of_session(const Observation& seen) {
  std::vector<std::string_view> texts;
  for (const CertificatePtr& certificate : seen.certs) {
    if (certificate->d4_text) texts.emplace_back(*certificate->d4_text);
  }
  return d4_tlsh(d4_session_text(ja3_of(seen), ja3s_of(seen), texts));
}

}  // namespace

// D4's sensor makes one where it has read a certificate.
std::string TlshMemo::of(const Observation& seen) {
  key_.clear();
  bool any = false;
  for (const CertificatePtr& certificate : seen.certs) {
    if (!certificate->d4_text) continue;
    any = true;
    add(*certificate->d4_text);
  }
  if (!any) return {};
  add(ja3s_of(seen));
  add(ja3_of(seen));
  return texts_.find_or_make(key_, [&] { return tlsh_of_session(seen); });
}

// With its length, so that no two keys are written alike.
void TlshMemo::add(std::string_view part) {
  const auto size = static_cast<uint32_t>(part.size());
  for (int shift = 0; shift < 32; shift += 8)
    key_.push_back(static_cast<uint8_t>(size >> shift));
  key_.insert(key_.end(), part.begin(), part.end());
}

}  // namespace tls
