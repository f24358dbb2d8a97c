// SPDX-License-Identifier: Apache-2.0
// A certificate for people.
#pragma once

#include "tls/x509/certificate_facts.hpp"

#include <string>

namespace control {

// One fact per line, the name first; nothing in it can act on a terminal.
[[nodiscard]] std::string certificate_page(const tls::CertificateFacts& facts);

// "CN=www.example.org, O=Example": attributes in the order of the DER, well-known ones by the names
// of RFC 4514 section 3, others by their OID.
[[nodiscard]] std::string name_text(const std::vector<tls::NameAttribute>& name);

}  // namespace control
