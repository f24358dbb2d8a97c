// SPDX-License-Identifier: Apache-2.0
// What an SSL 2.0 server answers: draft-hickman-netscape-ssl-00.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/wire/parse_error.hpp"

#include <cstdint>

namespace tls::probe {

// A SERVER-HELLO (section 2.6) or an ERROR (section 2.7). Borrows.
struct Ssl2Answer {
  bool is_error = false;
  uint16_t error = 0;
  uint16_t version = 0;
  flowtable::Bytes certificate;  // X.509; empty where the server resumes
};

// Could be the first byte of one: its record has a header of two bytes. TLS records begin
// differently.
[[nodiscard]] constexpr bool is_ssl2_answer(uint8_t first_byte) noexcept {
  return (first_byte & 0x80) != 0;
}

// `truncated`: more bytes are needed, at most 2^15 + 2. `type_unknown`: it is neither.
[[nodiscard]] Parsed<Ssl2Answer> parse_ssl2_answer(flowtable::Bytes stream) noexcept;

}  // namespace tls::probe
