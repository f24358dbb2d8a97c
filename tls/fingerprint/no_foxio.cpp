// SPDX-License-Identifier: Apache-2.0
// Built without the option `foxio`: none of its methods.
#include "tls/fingerprint/foxio_methods.hpp"
#include "tls/fingerprint/method.hpp"

namespace tls {

std::span<const FingerprintMethod> foxio_methods() noexcept {
  return {};
}

std::optional<Fingerprint> ja4x_of(flowtable::Bytes) {
  return std::nullopt;
}

}  // namespace tls
