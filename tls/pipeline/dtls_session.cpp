// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/dtls_session.hpp"

namespace tls {

// No poll core makes captures of this kind yet.
ParsedSession read_dtls_session(const flowtable::HandshakeCapture&, std::span<uint8_t>) {
  return {};
}

}  // namespace tls
