// SPDX-License-Identifier: Apache-2.0
// From the bytes of a connection to an observation.
#pragma once

#include "flowtable/handshake_capture.hpp"
#include "tls/pipeline/observation.hpp"

#include <cstdint>
#include <vector>

namespace tls {

// A session whose certificates are still DER.
struct ParsedSession {
  // False where neither direction holds so much as the beginning of a handshake message: what the
  // poll core took for TLS was none, and the observation is not to be reported.
  bool is_tls = false;
  Observation observation;  // all but `certs` and `client_certs`; owns what it holds
  // Windows of the capture, or of `joined`. Valid until the capture goes home.
  std::vector<flowtable::Bytes> certs;
  std::vector<flowtable::Bytes> client_certs;
  std::vector<std::vector<uint8_t>> joined;  // Certificate messages that crossed records
};

// Reads both directions of a capture. Which side is the client is decided by what they say, and
// only where that does not tell by who began. Keeps a buffer from call to call: one per thread.
class SessionParser {
 public:
  SessionParser();
  [[nodiscard]] ParsedSession parse(const flowtable::HandshakeCapture& capture);

 private:
  std::vector<uint8_t> join_buffer_;
};

}  // namespace tls
