// SPDX-License-Identifier: Apache-2.0
#include "tls/fingerprint/foxio/ja4s.hpp"
#include "tls/fingerprint/foxio_methods.hpp"
#include "tls/fingerprint/method.hpp"

namespace tls {

namespace {

constexpr FingerprintMethod kMethods[] = {
    {"ja4s", "ja4s_r", "2026-09", "FoxIO License 1.1", nullptr, ja4s},
    {"ja4x", "ja4x_r", "2026-09", "FoxIO License 1.1", nullptr, nullptr},
    {"ja4t", "", "2026-09", "FoxIO License 1.1", nullptr, nullptr},
    {"ja4ts", "", "2026-09", "FoxIO License 1.1", nullptr, nullptr},
    {"ja4l", "", "2026-09", "FoxIO License 1.1", nullptr, nullptr},
    {"ja4ls", "", "2026-09", "FoxIO License 1.1", nullptr, nullptr},
};

}  // namespace

std::span<const FingerprintMethod> foxio_methods() noexcept {
  return kMethods;
}

}  // namespace tls
