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

std::optional<Fingerprint> ja4t_of(const SynParts&) {
  return std::nullopt;
}

std::optional<Fingerprint> ja4ts_of(const SynParts&) {
  return std::nullopt;
}

std::optional<Fingerprint> ja4l_of(const LightDistance&) {
  return std::nullopt;
}

}  // namespace tls
