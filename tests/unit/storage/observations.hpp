// SPDX-License-Identifier: Apache-2.0
// Observations for the tests of this folder.
#pragma once

#include "tls/pipeline/observation.hpp"

#include <cstdint>
#include <string>

namespace control::tests {

// Seconds since 1970 of 2026-03-04T05:06:07Z.
inline constexpr int64_t kNoon = 1'772'600'767;

flowtable::Endpoint endpoint(const std::string& address, uint16_t port);

// A certificate whose hashes are made of `number` and whose other fields are filled.
tls::CertificatePtr certificate(uint32_t number, const std::string& common_name);

// A complete TLS 1.2 session with every field set; differs from others by `number` (client port,
// microseconds after kNoon).
tls::Observation session(uint32_t number, std::vector<tls::CertificatePtr> certs = {});

// Sessions `first` to `first + count - 1`.
tls::RecordBatch sessions(uint32_t first, uint32_t count);

}  // namespace control::tests
