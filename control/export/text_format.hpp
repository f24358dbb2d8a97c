// SPDX-License-Identifier: Apache-2.0
// How addresses, times and digests are written, in every output.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "flowtable/base/tick.hpp"
#include "flowtable/flow_key.hpp"
#include "tls/x509/certificate_facts.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace control {

// "192.0.2.1", "2001:db8::1" (RFC 5952).
[[nodiscard]] std::string text_of(const flowtable::IpAddress& address);
// "2024-05-01T12:00:00.123456789Z"
[[nodiscard]] std::string text_of(flowtable::Tick tick);
// Seconds since the epoch as "YYYY-MM-DDThh:mm:ssZ"; years -32767 to 32767.
[[nodiscard]] std::string text_of_seconds(int64_t seconds);
// Lower-case hex without separators.
[[nodiscard]] std::string hex_of(flowtable::Bytes bytes);
// "RSA 2048", "EC P-256", "ED25519"; empty where the key could not be read.
[[nodiscard]] std::string key_text(const tls::CertificateFacts& facts);

}  // namespace control
