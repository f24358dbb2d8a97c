// SPDX-License-Identifier: Apache-2.0
// The door to the methods under another licence: one of two files behind it is built.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/fingerprint/fingerprint.hpp"

#include <optional>
#include <span>

namespace tls {

struct FingerprintMethod;

// Methods over hellos; empty without the build option `foxio`.
[[nodiscard]] std::span<const FingerprintMethod> foxio_methods() noexcept;

// JA4X of a DER certificate; nullopt without the build option, or where the DER cannot be walked.
[[nodiscard]] std::optional<Fingerprint> ja4x_of(flowtable::Bytes der);

}  // namespace tls
