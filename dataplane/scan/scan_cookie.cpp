// SPDX-License-Identifier: Apache-2.0
#include "dataplane/scan/scan_cookie.hpp"

namespace dataplane {

using flowtable::Endpoint;
using flowtable::IpAddress;

ScanCookie::From::From(const ScanCookie& cookie, const IpAddress& source) noexcept
    : aes_(cookie.aes_ ? &*cookie.aes_ : nullptr), begun_(cookie.key_), ports_(cookie.ports_) {
  const AddressWords words = words_of(source);
  if (aes_ != nullptr) {
    begun_block_ = aes_->encrypt(words.low, words.high);
  } else {
    begun_.take(words.high).take(words.low);
  }
}

uint8_t ScanCookie::answered(const Endpoint& ours, const Endpoint& target, uint32_t acknowledged,
                             uint8_t attempts) const noexcept {
  const From source = from(ours.address);
  for (uint8_t attempt = 0; attempt < attempts; ++attempt) {
    const Values values = source.of(target, attempt);
    if (values.source_port == ours.port && values.sequence + 1 == acknowledged) return attempt;
  }
  return kForged;
}

}  // namespace dataplane
