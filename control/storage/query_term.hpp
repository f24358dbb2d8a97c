// SPDX-License-Identifier: Apache-2.0
// What the word after `tapseal show` means.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace control {

enum class TermKind : uint8_t {
  address,  // IPv4 or IPv6
  service,  // address and port: "192.0.2.1:443", "[2001:db8::1]:443"
  network,  // address/length
  sha256,   // 64 hex digits: a certificate, a public key (SPKI) or a chain
  sha1,     // 40 hex digits: a certificate
  md5,      // 32 hex digits: JA3 or JA3S
  jarm,     // 62 hex digits
  ja4,
  name,  // anything else: a host name
};

struct QueryTerm {
  TermKind kind = TermKind::name;
  // As the database has it: lower case, digests without colons or spaces; of a service the address
  // and the port with a space between.
  std::string value;
};

// Never fails: what looks like nothing special is a name.
[[nodiscard]] QueryTerm parse_term(std::string_view word);

}  // namespace control
