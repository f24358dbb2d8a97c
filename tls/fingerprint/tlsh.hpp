// SPDX-License-Identifier: Apache-2.0
// TLSH, a locality-sensitive hash: what is alike has hashes that differ little.
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace tls {

// 35 bytes in the order in which its text shows them: checksum, length, ratio of the quartiles,
// then two bits for each of 128 buckets.
using Tlsh = std::array<uint8_t, 35>;

// Oliver, Cheng, Chen: "TLSH - A Locality Sensitive Hash" (2013), in the form with 128 buckets and
// one byte of checksum, over bytes of any number and evenness; nullopt for none at all. Where most
// buckets are empty the ratio has no value and is zero, as it is in the Go implementation that D4
// uses: there 0/0 becomes a byte, which amd64 makes zero. Fewer bytes than the window of five are
// filled up with zeros, as there.
[[nodiscard]] std::optional<Tlsh> tlsh_of_any(flowtable::Bytes bytes) noexcept;

// The same where it says something: from 50 bytes on, and more than half of the buckets hold
// something, the bounds of the authors' own implementation.
[[nodiscard]] std::optional<Tlsh> tlsh_of(flowtable::Bytes bytes) noexcept;

// "T1" and 70 upper-case hex digits, as the authors' implementation writes it.
[[nodiscard]] std::string t1_text(const Tlsh& hash);

}  // namespace tls
