// SPDX-License-Identifier: Apache-2.0
// From the datagrams of a conversation to an observation.
#pragma once

#include "flowtable/handshake_capture.hpp"
#include "tls/pipeline/parsed_session.hpp"

#include <cstdint>
#include <span>

namespace tls {

// QUIC: RFC 9000, 9001, 9369. The kind of the capture is quic.
// `join_buffer`: see HandshakeAssembler; used only during the call.
[[nodiscard]] ParsedSession read_quic_session(const flowtable::HandshakeCapture& capture,
                                              std::span<uint8_t> join_buffer);

}  // namespace tls
