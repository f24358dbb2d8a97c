// SPDX-License-Identifier: Apache-2.0
// Strings and times of certificates, as text and seconds.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/x509/der.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tls {

// The value of a name attribute in UTF-8. UTF8String as it is; BMPString and UniversalString from
// UTF-16 and UTF-32; all other string types from Latin-1, which is what such certificates mean by
// bytes above 127. Whatever cannot be converted is kept as \xHH, and a value that is no string at
// all is its content in hex. Control characters stay, NUL too.
[[nodiscard]] std::string text_of(const DerElement& value);

// Bytes as UTF-8 where they are printable UTF-8, else as \xHH: names of SAN entries, SNI.
[[nodiscard]] std::string printable_text(flowtable::Bytes bytes);

// UTCTime or GeneralizedTime in seconds since the Unix epoch; nullopt where it is not a moment.
// RFC 5280 section 4.1.2.5 wants "Z" and seconds; offsets, fractions and a missing "Z" (then UTC)
// or seconds are read too, since certificates with them exist.
[[nodiscard]] std::optional<int64_t> seconds_of(const DerElement& time) noexcept;

}  // namespace tls
