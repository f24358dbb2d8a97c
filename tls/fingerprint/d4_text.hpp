// SPDX-License-Identifier: Apache-2.0
// The text that D4's sensor takes its TLSH of (sensor-d4-tls-fingerprinting 0.2.0).
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tls {

// A name (the content of an RDNSequence) as Go's crypto/x509 prints it (pkix.Name.String of Go
// 1.19), quoted as by its %q, and without '-', ',' and '"'. nullopt where Go refuses it.
[[nodiscard]] std::optional<std::string> d4_name_text(flowtable::Bytes name);

// What a certificate adds to the text: issuer and subject. nullopt where Go refuses one of them:
// such a certificate adds nothing there. Go refuses more than that (extensions it cannot read);
// this does not know.
[[nodiscard]] std::optional<std::string> d4_certificate_text(flowtable::Bytes der);

// JA3 and JA3S strings without '-' and ',', then the texts of the certificates in wire order. The
// sensor drops GREASE from JA3S too. (It takes the text when it sees the Certificate message, and
// then sometimes without JA3; this one is always of the whole session.)
[[nodiscard]] std::string d4_session_text(std::string_view ja3, std::string_view ja3s,
                                          std::span<const std::string_view> certificates);

// TLSH of that text, 70 lower-case hex digits; empty where the text is.
[[nodiscard]] std::string d4_tlsh(std::string_view text);

}  // namespace tls
