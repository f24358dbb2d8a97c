// SPDX-License-Identifier: Apache-2.0
// How Go 1.19 reads, writes and quotes the strings of a distinguished name.
#pragma once

#include "tls/x509/der.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tls {

// The value of an attribute as crypto/x509 reads it: a string of bytes, which are UTF-8 but for
// those of a TeletexString. nullopt where it refuses the value, and with it the certificate.
[[nodiscard]] std::optional<std::string> go_string(const DerElement& value);

// The DER that encoding/asn1 makes of a string: a PrintableString where it can be one, else a
// UTF8String; nullopt where the bytes are not UTF-8.
[[nodiscard]] std::optional<std::vector<uint8_t>> go_marshal(std::string_view value);

// A value inside a name (crypto/x509/pkix, RFC 2253 section 2.4). Bytes that are not UTF-8 become
// U+FFFD.
void append_go_name_value(std::string& out, std::string_view value);

// strconv.Quote of valid UTF-8, quotation marks included. Characters that Unicode has not assigned
// count as printable, which they are not in Go: there is no table of them here.
[[nodiscard]] std::string go_quoted(std::string_view text);

}  // namespace tls
