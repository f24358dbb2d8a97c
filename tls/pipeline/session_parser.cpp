// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/session_parser.hpp"

#include "tls/pipeline/direction.hpp"
#include "tls/pipeline/dtls_session.hpp"
#include "tls/pipeline/opening_facts.hpp"
#include "tls/pipeline/preamble_of.hpp"
#include "tls/pipeline/quic_session.hpp"
#include "tls/pipeline/record_streams.hpp"
#include "tls/pipeline/session_join.hpp"
#include "tls/pipeline/ssh_session.hpp"

#include <algorithm>
#include <iterator>

namespace tls {

using flowtable::CaptureKind;
using flowtable::HandshakeCapture;
using flowtable::Side;

SessionParser::SessionParser(const DialogueMatcher* dialogues)
    : dialogues_(dialogues),
      join_buffer_(HandshakeAssembler::kHeaderBytes + HandshakeAssembler::kMessageBytesMax) {}

ParsedSession SessionParser::parse(const HandshakeCapture& capture) {
  switch (capture.kind) {
    case CaptureKind::tls:
      return parse_records(capture);
    case CaptureKind::ssh: {
      ParsedSession out = read_ssh_session(capture);
      name_dialogue(capture, out.observation);
      return out;
    }
    case CaptureKind::dtls:
      return read_dtls_session(capture, join_buffer_);
    case CaptureKind::quic:
      return read_quic_session(capture, join_buffer_);
  }
  return {};
}

void SessionParser::name_dialogue(const HandshakeCapture& capture, Observation& seen) {
  if (dialogues_ == nullptr) return;
  const bool a_is_client = capture.flow.key.endpoint(Side::a) == seen.client;
  seen.starttls = dialogues_->name(preamble_of(capture, a_is_client ? Side::a : Side::b), scratch_);
}

ParsedSession SessionParser::parse_records(const HandshakeCapture& capture) {
  RecordStreams streams = record_streams(capture);
  const Side client_at = client_side(
      {speaker_of(streams.of(Side::a)), speaker_of(streams.of(Side::b))}, capture.flow.originator);
  const ReadingTools tools{join_buffer_, &memo_};
  ParsedSession out = join_directions(capture, client_at, read_client(streams.of(client_at), tools),
                                      read_server(streams.of(other(client_at)), tools));
  // Windows of what was unwrapped stay valid when its vectors move.
  std::ranges::move(streams.unwrapped, std::back_inserter(out.joined));
  name_dialogue(capture, out.observation);
  read_opening(capture, out.observation);
  return out;
}

}  // namespace tls
