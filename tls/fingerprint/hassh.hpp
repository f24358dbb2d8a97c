// SPDX-License-Identifier: Apache-2.0
// HASSH and HASSHServer. © Salesforce, BSD-3-Clause method; written from its description.
#pragma once

#include "tls/fingerprint/fingerprint.hpp"
#include "tls/wire/ssh_kexinit.hpp"

namespace tls {

// Of the client's KEXINIT: what it offers for the direction to the server.
[[nodiscard]] Fingerprint hassh(const SshKexInit& of_client);
// Of the server's: what it offers for the direction to the client.
[[nodiscard]] Fingerprint hassh_server(const SshKexInit& of_server);

}  // namespace tls
