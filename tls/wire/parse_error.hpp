// SPDX-License-Identifier: Apache-2.0
// Why bytes are not what they should be.
#pragma once

#include "flowtable/base/result.hpp"

#include <cstdint>
#include <string_view>

namespace tls {

// Closed: a parser of tls/wire fails with one of these or not at all.
enum class ParseError : uint8_t {
  truncated,            // a field is longer than the bytes that hold it
  left_over,            // bytes remain where the format says the message ends
  record_type_unknown,  // a record of no known content type
  record_version_bad,   // a record version other than SSL 3.0 to TLS 1.3
  record_too_large,     // more than 2^14 + 2048 bytes in a record
  message_too_large,    // a handshake message beyond the limit
  interleaved,          // another record type inside a handshake message
  alert_bad,            // an alert in clear that is not two bytes of level and description
  session_id_too_long,  // more than 32 bytes
  list_length_odd,      // a list of 16-bit values of odd length
  extension_bad,        // an extension's body breaks its own format
  not_sslv2_hello,      // no SSL 2.0 CLIENT-HELLO
  not_quic,             // no QUIC packet with a long header
  quic_frame_bad,       // a frame that may not be in an Initial packet
  ssh_bad,              // no SSH identification, or a packet that is not what has to come
  type_unknown,         // a structure says that it is of a type that its format does not have
  count_
};

// One line on each, for people.
[[nodiscard]] std::string_view meaning_of(ParseError error) noexcept;

template <typename T>
using Parsed = flowtable::Result<T, ParseError>;

[[nodiscard]] constexpr flowtable::Failure<ParseError> fail(ParseError error) noexcept {
  return flowtable::Failure<ParseError>{error};
}

}  // namespace tls
