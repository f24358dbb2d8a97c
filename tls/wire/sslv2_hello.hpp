// SPDX-License-Identifier: Apache-2.0
// The SSL 2.0 CLIENT-HELLO with which old clients open TLS connections.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/wire/parse_error.hpp"

#include <cstddef>
#include <cstdint>

namespace tls {

// Windows of an SSL 2.0 CLIENT-HELLO. Borrows from the stream.
struct SslV2Hello {
  uint16_t version = 0;           // the highest the client speaks, 0x0301 for TLS 1.0
  flowtable::Bytes cipher_specs;  // three bytes each; TLS suites begin with a zero byte
  flowtable::Bytes session_id;
  flowtable::Bytes challenge;
  size_t record_bytes = 0;  // what follows in the stream are TLS records, if the server agrees
};

// Looks like one from its first bytes; `start` may be cut.
[[nodiscard]] bool is_sslv2_hello(flowtable::Bytes start) noexcept;

// Parses the beginning of a stream: RFC 5246 appendix E.2, two-byte record header. `truncated`:
// the stream ends inside the message.
[[nodiscard]] Parsed<SslV2Hello> parse_sslv2_hello(flowtable::Bytes stream) noexcept;

}  // namespace tls
