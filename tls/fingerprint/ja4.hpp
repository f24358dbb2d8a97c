// SPDX-License-Identifier: Apache-2.0
// JA4, the client fingerprint (FoxIO, BSD-3-Clause).
#pragma once

#include "tls/fingerprint/fingerprint.hpp"
#include "tls/wire/client_hello.hpp"
#include "tls/wire/transport.hpp"

#include <cstdint>

namespace tls {

// hash: JA4; raw: JA4_r. Ciphers and extensions sorted.
[[nodiscard]] Fingerprint ja4(const ClientHello& hello, Transport transport);
// hash: JA4_o; raw: JA4_ro. Wire order, with server_name and ALPN among the extensions.
[[nodiscard]] Fingerprint ja4_original(const ClientHello& hello, Transport transport);

// The version that JA4 names: the highest in supported_versions ignoring GREASE, else
// legacy_version. 0 where the extension is there but names none.
[[nodiscard]] uint16_t ja4_offered_version(const ClientHello& hello, Transport transport) noexcept;

}  // namespace tls
