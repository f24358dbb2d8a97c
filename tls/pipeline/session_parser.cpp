// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/session_parser.hpp"

#include "tls/pipeline/direction.hpp"
#include "tls/pipeline/dtls_session.hpp"
#include "tls/pipeline/preamble_of.hpp"
#include "tls/pipeline/quic_session.hpp"
#include "tls/pipeline/session_join.hpp"
#include "tls/pipeline/ssh_session.hpp"

namespace tls {

using flowtable::CaptureKind;
using flowtable::HandshakeCapture;
using flowtable::Side;

namespace {

Side client_side(const HandshakeCapture& capture) noexcept {
  const Speaker a = speaker_of(capture.stream(Side::a));
  const Speaker b = speaker_of(capture.stream(Side::b));
  if (a == b) return capture.flow.originator;
  if (a == Speaker::client || b == Speaker::server) return Side::a;
  return Side::b;
}

}  // namespace

SessionParser::SessionParser(const DialogueMatcher* dialogues)
    : dialogues_(dialogues),
      join_buffer_(HandshakeAssembler::kHeaderBytes + HandshakeAssembler::kMessageBytesMax) {}

ParsedSession SessionParser::parse(const HandshakeCapture& capture) {
  switch (capture.kind) {
    case CaptureKind::tls:
      return parse_records(capture);
    case CaptureKind::ssh:
      return read_ssh_session(capture);
    case CaptureKind::dtls:
      return read_dtls_session(capture, join_buffer_);
    case CaptureKind::quic:
      return read_quic_session(capture, join_buffer_);
  }
  return {};
}

ParsedSession SessionParser::parse_records(const HandshakeCapture& capture) {
  const Side client_at = client_side(capture);
  ParsedSession out =
      join_directions(capture, client_at, read_client(capture.stream(client_at), join_buffer_),
                      read_server(capture.stream(other(client_at)), join_buffer_));
  if (dialogues_ != nullptr) {
    out.observation.starttls = dialogues_->name(preamble_of(capture, client_at), scratch_);
  }
  return out;
}

}  // namespace tls
