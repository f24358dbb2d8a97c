// SPDX-License-Identifier: Apache-2.0
// Whether OpenSSL would take it.
#pragma once

#include "tls/x509/certificate_walk.hpp"

namespace tls {

// True where OpenSSL accepts the certificate: what d2i_X509() says, found by giving each field to
// OpenSSL's decoder of its type. Not d2i_X509() itself, because that builds the public key too,
// which takes ten times as long as all the rest, under locks, and does not change the verdict: a
// certificate whose key cannot be built is accepted by it all the same.
[[nodiscard]] bool openssl_accepts(const CertificateWalk& walk) noexcept;

}  // namespace tls
