// SPDX-License-Identifier: Apache-2.0
// What JA4 and its relatives are made of.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/wire/transport.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tls {

// JA4.md, "QUIC / DTLS": q, d or t. By what carried the hello, not by what is in it.
[[nodiscard]] char ja4_protocol(Transport transport) noexcept;
// JA4.md, "TLS and DTLS Version": two characters, "00" for a version without a name.
[[nodiscard]] std::string_view ja4_version(uint16_t version) noexcept;
// JA4.md, "Number of Ciphers": two digits, "If there’s > 99, which there should never be, then
// output “99”."
void append_ja4_count(std::string& out, size_t count);
// JA4.md, "ALPN Extension Value": two characters of the first value. nullopt, or an empty value:
// "00". Both ends ASCII alphanumeric: these two (a single one twice); else the first and the last
// digit of the value in hex.
void append_ja4_alpn(std::string& out, std::optional<flowtable::Bytes> first_value);
// The first name in the body of an ALPN extension; nullopt where there is none to be read.
[[nodiscard]] std::optional<flowtable::Bytes> first_alpn(
    std::optional<flowtable::Bytes> extension_body) noexcept;

// Four lower-case hex digits.
void append_hex4(std::string& out, uint16_t value);
// The same for a list, comma separated.
void append_hex4(std::string& out, const std::vector<uint16_t>& values);
// The first 12 hex digits of the SHA-256; of an empty string "000000000000".
void append_hash12(std::string& out, std::string_view text);

}  // namespace tls
