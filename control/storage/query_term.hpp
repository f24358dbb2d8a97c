// SPDX-License-Identifier: Apache-2.0
// What the word after `tapseal show` means.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace control {

enum class TermKind : uint8_t {
  address,  // IPv4 or IPv6
  service,  // address and port: "192.0.2.1:443", "[2001:db8::1]:443"
  network,  // address/length
  sha256,   // 64 hex digits: a certificate, a public key (SPKI) or a chain
  sha1,     // 40 hex digits: a certificate
  md5,      // 32 hex digits: JA3, JA3S, HASSH or a certificate
  jarm,     // 62 hex digits
  ja4,
  ja4s,
  suffix,  // "*.example.com", everything below a domain
  serial,  // other hex digits: the number of a certificate
  name,    // anything else: a host name
  words,   // of a subject or an issuer
};

struct QueryTerm {
  TermKind kind = TermKind::name;
  // As the database has it: lower case, digests without colons or spaces; of a service the address
  // and the port with a space between; of a suffix the domain.
  std::string value;
};

// What the word may be, the likeliest first; never empty. What looks like nothing special is a
// name or, at last, words.
[[nodiscard]] std::vector<QueryTerm> parse_terms(std::string_view word);

}  // namespace control
