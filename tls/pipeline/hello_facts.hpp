// SPDX-License-Identifier: Apache-2.0
// From windows of a message to facts that own what they hold.
#pragma once

#include "tls/pipeline/observation.hpp"
#include "tls/wire/client_hello.hpp"
#include "tls/wire/server_hello.hpp"
#include "tls/wire/sslv2_hello.hpp"

namespace tls {

// With all fingerprints of this build. An extension whose body breaks its format counts as there
// and empty.
[[nodiscard]] ClientFacts client_facts(const ClientHello& hello, Transport transport);
[[nodiscard]] ServerFacts server_facts(const ServerHello& hello, Transport transport);
[[nodiscard]] SslV2Facts sslv2_facts(const SslV2Hello& hello);

}  // namespace tls
