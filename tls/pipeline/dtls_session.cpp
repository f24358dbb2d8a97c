// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/dtls_session.hpp"

#include "tls/pipeline/dtls_direction.hpp"
#include "tls/pipeline/session_join.hpp"

#include <utility>

namespace tls {

using flowtable::HandshakeCapture;
using flowtable::Side;

ParsedSession read_dtls_session(const HandshakeCapture& capture, std::span<uint8_t> join_buffer) {
  const DtlsFlight a(capture.stream(Side::a));
  const DtlsFlight b(capture.stream(Side::b));
  const Side client_at = client_side({a.speaker(), b.speaker()}, capture.flow.originator);
  ClientDirection client;
  ServerDirection server;
  const bool client_is_a = client_at == Side::a;
  const bool client_conflict = (client_is_a ? a : b).read(join_buffer, client);
  const bool server_conflict = (client_is_a ? b : a).read(join_buffer, server);
  ParsedSession out = join_directions(capture, client_at, std::move(client), std::move(server));
  out.observation.transport = Transport::dtls;
  out.observation.conflict = client_conflict || server_conflict;
  return out;
}

}  // namespace tls
