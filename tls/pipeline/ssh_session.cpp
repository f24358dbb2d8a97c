// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/ssh_session.hpp"

#include "tls/fingerprint/hassh.hpp"
#include "tls/wire/ssh_kexinit.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace tls {
namespace {

using flowtable::Bytes;
using flowtable::HandshakeCapture;
using flowtable::Side;
using flowtable::StreamAssembler;

// What one direction says in clear.
struct SshDirection {
  std::string id;
  std::optional<SshKexInit> kexinit;
  std::optional<ParseError> error;  // why there is no more
};

SshDirection read_direction(Bytes stream) {
  SshDirection out;
  const Parsed<SshIdentification> id = find_ssh_identification(stream);
  if (!id.ok()) {
    out.error = id.error();
    return out;
  }
  out.id.assign(id.value().line.begin(), id.value().line.end());
  const Parsed<SshKexInit> kexinit = parse_ssh_kexinit(stream.subspan(id.value().end));
  if (kexinit.ok()) {
    out.kexinit = kexinit.value();
  } else {
    out.error = kexinit.error();
  }
  return out;
}

bool offers(const SshDirection& direction, std::string_view name) noexcept {
  if (!direction.kexinit.has_value()) return false;
  const Bytes names = direction.kexinit->kex;
  return std::search(names.begin(), names.end(), name.begin(), name.end()) != names.end();
}

// Both sides speak alike. Who connected is the client; where the connection was met under way, a
// word that only clients say tells (RFC 8308 section 2.1).
Side client_side(const HandshakeCapture& capture, const std::array<SshDirection, 2>& said) {
  const Side originator = capture.flow.originator;
  if (capture.flow.syn_seen) return originator;
  const Side responder = other(originator);
  const bool reversed = offers(said[index_of(responder)], "ext-info-c") &&
                        !offers(said[index_of(originator)], "ext-info-c");
  return reversed ? responder : originator;
}

// Why a direction's KEXINIT is not there.
MissingReason reason_of(const SshDirection& direction, const StreamAssembler& stream,
                        MissingReason absent, MissingReason cut) noexcept {
  if (direction.kexinit.has_value()) return MissingReason::none;
  if (direction.error != ParseError::truncated) {
    return direction.error == ParseError::message_too_large ? MissingReason::too_large
                                                            : MissingReason::malformed;
  }
  if (stream.has_hole()) return MissingReason::gap;
  if (stream.truncated()) return MissingReason::too_large;
  return direction.id.empty() ? absent : cut;
}

}  // namespace

ParsedSession read_ssh_session(const HandshakeCapture& capture) {
  const std::array<SshDirection, 2> said{read_direction(capture.stream(Side::a)),
                                         read_direction(capture.stream(Side::b))};
  const Side client_at = client_side(capture, said);
  const Side server_at = other(client_at);
  const SshDirection& client = said[index_of(client_at)];
  const SshDirection& server = said[index_of(server_at)];
  const StreamAssembler& client_stream = capture.streams[index_of(client_at)];
  const StreamAssembler& server_stream = capture.streams[index_of(server_at)];

  ParsedSession out;
  out.is_tls = !client.id.empty() || !server.id.empty();
  Observation& seen = out.observation;
  seen.kind = RecordKind::ssh;
  seen.flow = capture.flow;
  seen.seen = capture.flow.first_seen;
  seen.client = capture.flow.key.endpoint(client_at);
  seen.server = capture.flow.key.endpoint(server_at);
  seen.plaintext_before = capture.plaintext_before[index_of(client_at)];
  seen.conflict = client_stream.conflict() || server_stream.conflict();
  SshFacts& facts = seen.ssh.emplace();
  facts.client_id = client.id;
  facts.server_id = server.id;
  if (client.kexinit) facts.hassh = hassh(*client.kexinit);
  if (server.kexinit) facts.hassh_server = hassh_server(*server.kexinit);
  seen.missing = reason_of(client, client_stream, MissingReason::client_hello_missing,
                           MissingReason::client_hello_cut);
  if (seen.missing == MissingReason::none) {
    seen.missing = reason_of(server, server_stream, MissingReason::server_hello_missing,
                             MissingReason::server_flight_cut);
  }
  return out;
}

}  // namespace tls
