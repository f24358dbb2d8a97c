// SPDX-License-Identifier: Apache-2.0
// From the bytes of a connection to an observation.
#pragma once

#include "flowtable/handshake_capture.hpp"
#include "tls/match/dialogue_matcher.hpp"
#include "tls/pipeline/facts_memo.hpp"
#include "tls/pipeline/parsed_session.hpp"

#include <cstdint>
#include <vector>

namespace tls {

// Reads both directions of a capture. Which side is the client is decided by what they say, and
// only where that does not tell by who began. Keeps its room from call to call: one per thread.
class SessionParser {
 public:
  // Borrows the matcher, which outlives it; without one no dialogue before TLS is named.
  explicit SessionParser(const DialogueMatcher* dialogues = nullptr);
  [[nodiscard]] ParsedSession parse(const flowtable::HandshakeCapture& capture);

 private:
  [[nodiscard]] ParsedSession parse_records(const flowtable::HandshakeCapture& capture);
  void name_dialogue(const flowtable::HandshakeCapture& capture, Observation& seen);

  const DialogueMatcher* dialogues_;
  DialogueMatcher::Scratch scratch_;
  std::vector<uint8_t> join_buffer_;
  FactsMemo memo_;
};

}  // namespace tls
