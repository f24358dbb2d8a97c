// SPDX-License-Identifier: Apache-2.0
// What a capture knows of the words before TLS.
#pragma once

#include "flowtable/handshake_capture.hpp"
#include "tls/match/dialogue_matcher.hpp"

namespace tls {

// Borrows from the capture. `client` is the side that said ClientHello.
[[nodiscard]] Preamble preamble_of(const flowtable::HandshakeCapture& capture,
                                   flowtable::Side client) noexcept;

}  // namespace tls
