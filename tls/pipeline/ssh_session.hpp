// SPDX-License-Identifier: Apache-2.0
// From the first bytes of an SSH connection to an observation.
#pragma once

#include "flowtable/handshake_capture.hpp"
#include "tls/pipeline/parsed_session.hpp"

namespace tls {

// SSH: RFC 4253. The kind of the capture is ssh.
[[nodiscard]] ParsedSession read_ssh_session(const flowtable::HandshakeCapture& capture);

}  // namespace tls
