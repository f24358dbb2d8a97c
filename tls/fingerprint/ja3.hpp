// SPDX-License-Identifier: Apache-2.0
// JA3 and JA3S (Salesforce, BSD-3-Clause).
#pragma once

#include "tls/fingerprint/fingerprint.hpp"
#include "tls/wire/client_hello.hpp"
#include "tls/wire/server_hello.hpp"
#include "tls/wire/transport.hpp"

namespace tls {

// The transport does not enter; it is there for the method table.
[[nodiscard]] Fingerprint ja3(const ClientHello& hello, Transport transport);
[[nodiscard]] Fingerprint ja3s(const ServerHello& hello, Transport transport);

}  // namespace tls
