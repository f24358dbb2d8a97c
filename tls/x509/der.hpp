// SPDX-License-Identifier: Apache-2.0
// DER, read in place.
#pragma once

#include "flowtable/base/byte_reader.hpp"

#include <cstdint>
#include <string>

namespace tls {

// Identifier octets (X.690 section 8.1.2), class and form included.
namespace der_tag {
inline constexpr uint8_t kBoolean = 0x01;
inline constexpr uint8_t kInteger = 0x02;
inline constexpr uint8_t kBitString = 0x03;
inline constexpr uint8_t kOctetString = 0x04;
inline constexpr uint8_t kOid = 0x06;
inline constexpr uint8_t kUtf8String = 0x0c;
inline constexpr uint8_t kNumericString = 0x12;
inline constexpr uint8_t kPrintableString = 0x13;
inline constexpr uint8_t kT61String = 0x14;
inline constexpr uint8_t kIa5String = 0x16;
inline constexpr uint8_t kUtcTime = 0x17;
inline constexpr uint8_t kGeneralizedTime = 0x18;
inline constexpr uint8_t kVisibleString = 0x1a;
inline constexpr uint8_t kGeneralString = 0x1b;
inline constexpr uint8_t kUniversalString = 0x1c;
inline constexpr uint8_t kBmpString = 0x1e;
inline constexpr uint8_t kSequence = 0x30;
inline constexpr uint8_t kSet = 0x31;
}  // namespace der_tag

struct DerElement {
  uint8_t tag = 0;
  flowtable::Bytes content;
  flowtable::Bytes whole;  // with identifier and length octets
};

// Reads one element. Definite lengths only; a length that is longer than it need be is accepted,
// because certificates with such lengths are in use. False leaves the reader where it was.
[[nodiscard]] bool read_element(flowtable::ByteReader& reader, DerElement& out) noexcept;
// The same, and the element has this tag.
[[nodiscard]] bool read_element(flowtable::ByteReader& reader, uint8_t tag,
                                DerElement& out) noexcept;

// Dotted form of an object identifier's content octets; arcs of any size. Empty where they are no
// object identifier.
[[nodiscard]] std::string dotted_oid(flowtable::Bytes content);

}  // namespace tls
