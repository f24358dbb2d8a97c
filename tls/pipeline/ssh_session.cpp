// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/ssh_session.hpp"

namespace tls {

// No poll core makes captures of this kind yet.
ParsedSession read_ssh_session(const flowtable::HandshakeCapture&) {
  return {};
}

}  // namespace tls
