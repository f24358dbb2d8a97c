// SPDX-License-Identifier: Apache-2.0
// Both directions of a session, read apart, become one observation.
#pragma once

#include "flowtable/handshake_capture.hpp"
#include "tls/pipeline/direction.hpp"
#include "tls/pipeline/parsed_session.hpp"

#include <array>

namespace tls {

// Which side is the client, by what each shows itself to be, and where that does not tell by who
// began. `speakers`: by Side.
[[nodiscard]] flowtable::Side client_side(const std::array<Speaker, 2>& speakers,
                                          flowtable::Side originator) noexcept;

// What both say together: who is who, whether it resumes, whether it is complete or why not. The
// same for every transport; the caller sets those fields of the observation that only its own has.
// Windows in the directions are windows of the capture, or joined.
[[nodiscard]] ParsedSession join_directions(const flowtable::HandshakeCapture& capture,
                                            flowtable::Side client_at, ClientDirection client,
                                            ServerDirection server);

}  // namespace tls
