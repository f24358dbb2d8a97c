// SPDX-License-Identifier: Apache-2.0
// The TLS records of a capture, taken out of whatever they came in.
#pragma once

#include "flowtable/handshake_capture.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace tls {

struct RecordStreams {
  std::array<flowtable::Bytes, 2> bytes;  // by Side: windows of the capture, or of `unwrapped`
  std::vector<std::vector<uint8_t>> unwrapped;

  [[nodiscard]] flowtable::Bytes of(flowtable::Side sender) const noexcept {
    return bytes[index_of(sender)];
  }
};

// The kind of the capture is tls. Copies only what is framed (TDS).
[[nodiscard]] RecordStreams record_streams(const flowtable::HandshakeCapture& capture);

}  // namespace tls
