// SPDX-License-Identifier: Apache-2.0
// Which probe to try after one that got an answer, or none.
#pragma once

#include "tls/probe/tls_result.hpp"

#include <optional>

namespace tls::probe {

// After a refusal before the ServerHello, by an alert of any number or by a close: the alerts do
// not tell why (an OpenSSL that found no signature algorithm says internal_error). a, then b, then
// c; the halves of a and b, and the SSL versions, are asked for on purpose and end with themselves.
// A server that says nothing at all, or something else than TLS, is not asked again.
[[nodiscard]] std::optional<Probe> next_probe(const TlsResult& result) noexcept;

// The probe that finds the other certificate of a server with two, after one that found the first;
// nullopt where that cannot be told: the suite names no kind of key.
[[nodiscard]] std::optional<Probe> other_certificate_probe(const TlsResult& result) noexcept;

}  // namespace tls::probe
