// SPDX-License-Identifier: Apache-2.0
// Fingerprints of how a connection was opened, before anything of TLS.
#pragma once

#include "flowtable/handshake_capture.hpp"
#include "tls/pipeline/observation.hpp"

namespace tls {

// Fills ja4t, ja4ts, ja4l and ja4ls, each where all that it is made of was seen. They are of who
// connected and who was connected to, whoever of them said ClientHello. Without the build option
// `foxio` all stay empty.
void read_opening(const flowtable::HandshakeCapture& capture, Observation& seen);

}  // namespace tls
