// SPDX-License-Identifier: Apache-2.0
// How bytes from the wire become text that Postgres takes.
#pragma once

#include "tls/x509/certificate_facts.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace control {

// Longest text, in bytes, in a column that has an index: an index entry has to fit a third of a
// page (2704 bytes), and a key may hold one more text. Names in DNS have at most 255.
inline constexpr size_t kIndexedTextMax = 1000;

// Appends `raw` as printable UTF-8: every byte that is part of no valid UTF-8 sequence, and every
// control character (NUL above all, which no Postgres text can hold), becomes \xHH.
void append_stored_text(std::string& out, std::string_view raw);
[[nodiscard]] std::string stored_text(std::string_view raw);

// The same, and where that is longer than kIndexedTextMax: its beginning, then "...sha256:" and the
// digest of `raw`, so that different texts stay different.
[[nodiscard]] std::string indexed_text(std::string_view raw);

// A distinguished name on one line, in the order of the DER: "C=US, O=Let's Encrypt, CN=R3". Types
// without a short name appear as dotted OIDs; special characters as in RFC 4514 section 2.4.
[[nodiscard]] std::string name_text(std::span<const tls::NameAttribute> name);

// What a certificate can be looked up by: common name and DNS, IP and email SANs, in lower case, as
// indexed_text, sorted, each once.
[[nodiscard]] std::vector<std::string> lookup_names(const tls::CertificateFacts& facts);

[[nodiscard]] std::string hex_text(std::span<const uint8_t> bytes);
// Bytes of hex digits of either case, two per byte; nullopt where it is anything else.
[[nodiscard]] std::optional<std::vector<uint8_t>> bytes_of_hex(std::string_view hex);

// ASCII only: names beyond ASCII travel as punycode.
[[nodiscard]] std::string lower_case(std::string_view text);

}  // namespace control
