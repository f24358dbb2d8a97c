// SPDX-License-Identifier: Apache-2.0
// All fingerprint methods, in one table.
#pragma once

#include "tls/fingerprint/fingerprint.hpp"
#include "tls/wire/client_hello.hpp"
#include "tls/wire/server_hello.hpp"
#include "tls/wire/ssh_kexinit.hpp"
#include "tls/wire/transport.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace tls {

// What a method computes from: at most one of its functions is set, none where it looks at more
// than one message.
struct FingerprintMethod {
  std::string_view name;     // field of the record, label of the memory: "ja3", "ja4", …
  std::string_view raw;      // name of the raw string's field
  std::string_view version;  // changes whenever the same hello would give another string
  std::string_view licence;
  Fingerprint (*of_client)(const ClientHello&, Transport);
  Fingerprint (*of_server)(const ServerHello&, Transport);
  Fingerprint (*of_ssh)(const SshKexInit&) = nullptr;
};

// Every method of this build. Those of foxio/ are there only with the build option `foxio`.
[[nodiscard]] std::span<const FingerprintMethod> fingerprint_methods() noexcept;
// Null where the build has no such method.
[[nodiscard]] const FingerprintMethod* find_method(std::string_view name) noexcept;

}  // namespace tls
