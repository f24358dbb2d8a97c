// SPDX-License-Identifier: Apache-2.0
// Message digests.
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tls {

using Md5 = std::array<uint8_t, 16>;
using Sha1 = std::array<uint8_t, 20>;
using Sha256 = std::array<uint8_t, 32>;
using Sha384 = std::array<uint8_t, 48>;

// Each may be called on any thread: algorithms are fetched once in the life of the program, and a
// thread reuses one context. md5() and sha1() are nullopt where OpenSSL's configuration forbids
// them (FIPS); SHA-2 is in every configuration, and its absence a broken installation.
[[nodiscard]] std::optional<Md5> md5(flowtable::Bytes bytes) noexcept;
[[nodiscard]] std::optional<Sha1> sha1(flowtable::Bytes bytes) noexcept;
[[nodiscard]] Sha256 sha256(flowtable::Bytes bytes) noexcept;
// Of `first` and `second`, one after the other.
[[nodiscard]] Sha256 sha256(flowtable::Bytes first, flowtable::Bytes second) noexcept;
[[nodiscard]] Sha384 sha384(flowtable::Bytes first, flowtable::Bytes second = {}) noexcept;

// The bytes of a text, borrowed.
[[nodiscard]] flowtable::Bytes bytes_of(std::string_view text) noexcept;

// Lower-case hex.
inline constexpr std::string_view kHexDigits = "0123456789abcdef";
void append_hex(std::string& out, flowtable::Bytes bytes);
[[nodiscard]] std::string to_hex(flowtable::Bytes bytes);

}  // namespace tls
