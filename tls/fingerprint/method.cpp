// SPDX-License-Identifier: Apache-2.0
#include "tls/fingerprint/method.hpp"

#include "tls/fingerprint/foxio_methods.hpp"
#include "tls/fingerprint/hassh.hpp"
#include "tls/fingerprint/ja3.hpp"
#include "tls/fingerprint/ja4.hpp"

#include <algorithm>
#include <vector>

namespace tls {

namespace {

// The version is the date of the rules in README.md, not of the code.
constexpr FingerprintMethod kFreeMethods[] = {
    {"ja3", "ja3_full", "2017", "BSD-3-Clause", ja3, nullptr},
    {"ja3s", "ja3s_full", "2019", "BSD-3-Clause", nullptr, ja3s},
    {"ja4", "ja4_r", "2026-09", "BSD-3-Clause", ja4, nullptr},
    {"ja4_o", "ja4_ro", "2026-09", "BSD-3-Clause", ja4_original, nullptr},
    {"hassh", "hassh_raw", "2018", "BSD-3-Clause", nullptr, nullptr, hassh},
    {"hassh_server", "hassh_server_raw", "2018", "BSD-3-Clause", nullptr, nullptr, hassh_server},
    {"jarm", "jarm_raw", "2020", "BSD-3-Clause", nullptr, nullptr},
    {"tlsh", "", "d4-0.2.0", "Apache-2.0", nullptr, nullptr},
};

}  // namespace

std::span<const FingerprintMethod> fingerprint_methods() noexcept {
  static const std::vector<FingerprintMethod> kMethods = [] {
    std::vector<FingerprintMethod> all(std::begin(kFreeMethods), std::end(kFreeMethods));
    const std::span<const FingerprintMethod> foxio = foxio_methods();
    all.insert(all.end(), foxio.begin(), foxio.end());
    return all;
  }();
  return kMethods;
}

const FingerprintMethod* find_method(std::string_view name) noexcept {
  const std::span<const FingerprintMethod> methods = fingerprint_methods();
  const auto found = std::ranges::find(methods, name, &FingerprintMethod::name);
  return found == methods.end() ? nullptr : &*found;
}

}  // namespace tls
