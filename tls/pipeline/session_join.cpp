// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/session_join.hpp"

#include "tls/wire/server_hello.hpp"

#include <iterator>
#include <utility>

namespace tls {

using flowtable::HandshakeCapture;
using flowtable::Side;
using flowtable::StreamAssembler;

namespace {

// Why the bytes of a direction end before what was wanted of them.
MissingReason reason_of_end(const DirectionEnd& end, const StreamAssembler& stream,
                            MissingReason otherwise) noexcept {
  if (end.message_bad) return MissingReason::malformed;
  if (end.step == HandshakeStep::malformed) {
    return end.error == ParseError::message_too_large ? MissingReason::too_large
                                                      : MissingReason::malformed;
  }
  if (stream.has_hole() || end.gap) return MissingReason::gap;
  if (stream.truncated()) return MissingReason::too_large;
  return otherwise;
}

MissingReason client_reason(const ClientDirection& client, const StreamAssembler& stream) noexcept {
  const bool hello_begun = client.end.pending == HandshakeType::client_hello;
  return reason_of_end(
      client.end, stream,
      hello_begun ? MissingReason::client_hello_cut : MissingReason::client_hello_missing);
}

// RFC 8446 section 4.3: from TLS 1.3 on everything after the ServerHello is encrypted. Before, the
// server's flight is in clear up to its ServerHelloDone, or in an abbreviated handshake up to its
// ChangeCipherSpec; a Certificate message comes before either, or not at all.
bool is_flight_whole(const ServerDirection& server) noexcept {
  if (!server.answer || server.answer_is_retry) return false;
  return is_tls13_or_draft(server.answer->version) || server.hello_done ||
         server.end.cipher_changed || server.end.step == HandshakeStep::encrypted;
}

MissingReason server_reason(const ServerDirection& server, const StreamAssembler& stream) noexcept {
  if (server.end.message_bad) return MissingReason::malformed;
  if (is_flight_whole(server) && !server.end.gap) return MissingReason::none;
  const bool begun = server.answer || server.end.pending.has_value();
  return reason_of_end(
      server.end, stream,
      begun ? MissingReason::server_flight_cut : MissingReason::server_hello_missing);
}

// RFC 5246 section 7.4.1.3: a server that resumes answers with the session id of the ClientHello;
// RFC 5077 section 3.4: with a ticket and an empty session id nothing tells but the abbreviated
// flight. RFC 8446 section 4.2.11: the server's pre_shared_key extension.
bool is_resumed(const ClientDirection& client, const ServerDirection& server) noexcept {
  if (!server.answer || server.answer_is_retry) return false;
  if (is_tls13_or_draft(server.answer->version)) return server.pre_shared_key;
  if (server.certificates.seen || server.hello_done) return false;
  const bool same_id = server.session_id.size > 0 && server.session_id == client.session_id;
  return same_id || server.end.cipher_changed;
}

void take_certificates(ShownCertificates& from, std::vector<flowtable::Bytes>& windows,
                       std::vector<std::vector<uint8_t>>& joined) {
  windows = std::move(from.ders);
  std::move(from.joined.begin(), from.joined.end(), std::back_inserter(joined));
}

}  // namespace

Side client_side(const std::array<Speaker, 2>& speakers, Side originator) noexcept {
  const auto [a, b] = speakers;
  if (a == b) return originator;
  if (a == Speaker::client || b == Speaker::server) return Side::a;
  return Side::b;
}

ParsedSession join_directions(const HandshakeCapture& capture, Side client_at,
                              ClientDirection client, ServerDirection server) {
  const Side server_at = other(client_at);
  const StreamAssembler& client_stream = capture.streams[index_of(client_at)];
  const StreamAssembler& server_stream = capture.streams[index_of(server_at)];

  ParsedSession out;
  out.is_tls = client.end.handshake_begun || server.end.handshake_begun;
  Observation& seen = out.observation;
  seen.flow = capture.flow;
  seen.seen = capture.flow.first_seen;
  seen.client = capture.flow.key.endpoint(client_at);
  seen.server = capture.flow.key.endpoint(server_at);
  seen.hello_retry = server.hello_retry;
  seen.resumed = is_resumed(client, server);
  seen.plaintext_before = capture.plaintext_before[index_of(client_at)];
  seen.alert = server.end.alert ? server.end.alert : client.end.alert;
  seen.conflict = client_stream.conflict() || server_stream.conflict();
  const bool has_hello = client.hello || client.sslv2_hello;
  seen.missing =
      has_hello ? server_reason(server, server_stream) : client_reason(client, client_stream);
  // A refusal explains why the rest never came; it does not explain a hello that was not seen.
  if (has_hello && seen.alert && seen.missing != MissingReason::none) {
    seen.missing = MissingReason::alert;
  }
  seen.hello = std::move(client.hello);
  seen.sni = std::move(client.sni);
  seen.sslv2_hello = std::move(client.sslv2_hello);
  seen.answer = whole_answer(server);
  out.handles = {server.session_id, client.ticket, server.ticket};
  take_certificates(server.certificates, out.certs, out.joined);
  take_certificates(client.certificates, out.client_certs, out.joined);
  return out;
}

}  // namespace tls
