// SPDX-License-Identifier: Apache-2.0
// JA4S, the server fingerprint. The method is under the FoxIO License 1.1, see README.md.
#pragma once

#include "tls/fingerprint/fingerprint.hpp"
#include "tls/wire/server_hello.hpp"
#include "tls/wire/transport.hpp"

namespace tls {

// hash: JA4S; raw: JA4S_r.
[[nodiscard]] Fingerprint ja4s(const ServerHello& hello, Transport transport);

}  // namespace tls
