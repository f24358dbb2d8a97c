// SPDX-License-Identifier: Apache-2.0
// From windows of a message to facts that own what they hold.
#pragma once

#include "tls/pipeline/observation.hpp"
#include "tls/wire/client_hello.hpp"
#include "tls/wire/server_hello.hpp"
#include "tls/wire/sslv2_hello.hpp"

#include <optional>
#include <string>

namespace tls {

// With all fingerprints of this build. An extension whose body breaks its format counts as there
// and empty.
[[nodiscard]] ClientFacts client_facts(const ClientHello& hello, Transport transport);
// The name that it asks for, as sent; nullopt where there is none to be read.
[[nodiscard]] std::optional<std::string> server_name_of(const ExtensionList& extensions);
[[nodiscard]] ServerFacts server_facts(const ServerHello& hello, Transport transport);
[[nodiscard]] SslV2Facts sslv2_facts(const SslV2Hello& hello);

}  // namespace tls
