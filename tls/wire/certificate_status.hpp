// SPDX-License-Identifier: Apache-2.0
// CertificateStatus: stapled OCSP responses.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/wire/parse_error.hpp"

#include <cstddef>
#include <cstdint>

namespace tls {

struct CertificateStatus {
  size_t num_responses = 0;         // that are not empty
  flowtable::Bytes first_response;  // OCSPResponse in DER, of the server's own certificate
};

// Parses the body of a CertificateStatus message: RFC 6066 section 8 (one response), RFC 6961
// section 2.2 (one for each certificate of the chain, any of them empty). Borrows. `type_unknown`:
// a type of status that is neither.
[[nodiscard]] Parsed<CertificateStatus> parse_certificate_status(flowtable::Bytes body) noexcept;

}  // namespace tls
