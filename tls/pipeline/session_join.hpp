// SPDX-License-Identifier: Apache-2.0
// Both directions of a session, read apart, become one observation.
#pragma once

#include "flowtable/handshake_capture.hpp"
#include "tls/pipeline/direction.hpp"
#include "tls/pipeline/parsed_session.hpp"

namespace tls {

// What both say together: who is who, whether it resumes, whether it is complete or why not. The
// same for every transport; the caller sets those fields of the observation that only its own has.
// Windows in the directions are windows of the capture, or joined.
[[nodiscard]] ParsedSession join_directions(const flowtable::HandshakeCapture& capture,
                                            flowtable::Side client_at, ClientDirection client,
                                            ServerDirection server);

}  // namespace tls
