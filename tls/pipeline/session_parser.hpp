// SPDX-License-Identifier: Apache-2.0
// From the bytes of a connection to an observation.
#pragma once

#include "flowtable/handshake_capture.hpp"
#include "tls/pipeline/parsed_session.hpp"

#include <cstdint>
#include <vector>

namespace tls {

// Reads both directions of a capture. Which side is the client is decided by what they say, and
// only where that does not tell by who began. Keeps a buffer from call to call: one per thread.
class SessionParser {
 public:
  SessionParser();
  [[nodiscard]] ParsedSession parse(const flowtable::HandshakeCapture& capture);

 private:
  [[nodiscard]] ParsedSession parse_records(const flowtable::HandshakeCapture& capture);

  std::vector<uint8_t> join_buffer_;
};

}  // namespace tls
