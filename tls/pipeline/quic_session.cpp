// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/quic_session.hpp"

#include "flowtable/datagram_log.hpp"
#include "tls/pipeline/quic_attempt.hpp"
#include "tls/pipeline/session_join.hpp"
#include "tls/wire/handshake_assembler.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace tls {

using flowtable::Bytes;
using flowtable::HandshakeCapture;
using flowtable::Side;

namespace {

struct SeenPacket {
  QuicPacket packet;
  bool opened = false;
};

// The packets of both directions that tell something, in the order in which they came.
struct SeenPackets {
  std::array<std::vector<SeenPacket>, 2> of;  // by Side

  [[nodiscard]] std::vector<SeenPacket>& from(Side side) noexcept { return of[index_of(side)]; }
  [[nodiscard]] const std::vector<SeenPacket>& from(Side side) const noexcept {
    return of[index_of(side)];
  }
};

// Kept from session to session by the thread that works on them.
struct Workspace {
  SeenPackets packets;
  std::vector<uint8_t> server_stream =
      std::vector<uint8_t>(HandshakeAssembler::kHeaderBytes + HandshakeAssembler::kMessageBytesMax);
  std::vector<uint8_t> packet = std::vector<uint8_t>(0xffff);
};

Workspace& workspace() {
  thread_local Workspace of_this_thread;
  return of_this_thread;
}

bool tells_something(const QuicPacket& packet) noexcept {
  switch (packet.type) {
    case QuicPacketType::initial:
    case QuicPacketType::retry:
    case QuicPacketType::version_negotiation:
      return true;
    case QuicPacketType::version_unknown:
      return is_quic_with_tls(packet.version);
    case QuicPacketType::zero_rtt:
    case QuicPacketType::handshake:
    case QuicPacketType::one_rtt:
      return false;
  }
  return false;
}

void read_packets(Bytes log, std::vector<SeenPacket>& out) {
  out.clear();
  flowtable::DatagramReader datagrams(log);
  Bytes datagram;
  while (datagrams.next(datagram)) {
    QuicPacketReader packets(datagram);
    while (!packets.at_end()) {
      const Parsed<QuicPacket> packet = packets.next();
      if (packet.ok() && tells_something(packet.value())) out.push_back({packet.value()});
    }
  }
}

// All attempts of one capture, one after another: they share the buffers.
class AttemptReader {
 public:
  AttemptReader(SeenPackets& packets, const QuicBuffers& buffers) noexcept
      : packets_(packets), buffers_(buffers) {}

  // Every packet that opens with keys of its own connection id begins an attempt of its sender.
  // More than kAttemptsMax are not looked for: what is left stays unopened.
  [[nodiscard]] std::vector<QuicDialogue> read(Side client) {
    std::vector<QuicDialogue> out;
    for (SeenPacket& seen : packets_.from(client)) {
      if (seen.opened || seen.packet.type != QuicPacketType::initial) continue;
      if (out.size() == kAttemptsMax) break;
      QuicAttempt attempt(seen.packet, buffers_);
      if (!attempt.take(seen.packet, QuicSide::client)) continue;
      seen.opened = true;
      take_rest(attempt, packets_.from(client), QuicSide::client);
      take_rest(attempt, packets_.from(other(client)), QuicSide::server);
      out.push_back(attempt.read());
    }
    return out;
  }

 private:
  static constexpr size_t kAttemptsMax = 8;

  static void take_rest(QuicAttempt& attempt, std::vector<SeenPacket>& packets, QuicSide sender) {
    for (SeenPacket& seen : packets)
      seen.opened = seen.opened || attempt.take(seen.packet, sender);
  }

  SeenPackets& packets_;
  const QuicBuffers buffers_;
};

bool has_genuine_retry(const std::vector<SeenPacket>& server, Bytes first_id) noexcept {
  return std::ranges::any_of(
      server, [&](const SeenPacket& seen) { return is_retry_of(seen.packet, first_id); });
}

// RFC 9000 section 17.2.1: the Source Connection ID repeats the client's destination.
bool has_negotiation(const std::vector<SeenPacket>& server, Bytes first_id) noexcept {
  return std::ranges::any_of(server, [&](const SeenPacket& seen) {
    return seen.packet.type == QuicPacketType::version_negotiation &&
           std::ranges::equal(seen.packet.source_id, first_id);
  });
}

// Whether `next` is the same connection as `last`: after a Retry the client says the same
// ClientHello under new keys (RFC 9000 section 17.2.5.2); after a version negotiation it may say
// another one, but then nobody answered the first.
bool continues(const QuicDialogue& last, const QuicDialogue& next,
               const std::vector<SeenPacket>& server) noexcept {
  if (last.client_random && last.client_random == next.client_random) return true;
  if (last.server_opened) return false;
  return has_genuine_retry(server, last.first_id) || has_negotiation(server, last.first_id);
}

// What was said last counts, as far as there is something; of the version, what carried the hello.
QuicDialogue joined(QuicDialogue last, QuicDialogue next) {
  next.conflict = next.conflict || last.conflict;
  if (!next.client.hello && last.client.hello) {
    next.client = std::move(last.client);
    next.version = last.version;
  }
  if (!next.server_opened && last.server_opened) {
    next.server = std::move(last.server);
    next.server_opened = true;
  }
  return next;
}

bool has_unopened_initial(const std::vector<SeenPacket>& packets) noexcept {
  return std::ranges::any_of(packets, [](const SeenPacket& seen) {
    return !seen.opened && seen.packet.type == QuicPacketType::initial;
  });
}

ParsedSession session_of(const HandshakeCapture& capture, Side client_at, QuicDialogue dialogue) {
  ParsedSession out =
      join_directions(capture, client_at, std::move(dialogue.client), std::move(dialogue.server));
  out.observation.transport = Transport::quic;
  out.observation.quic_version = dialogue.version;
  out.observation.conflict = dialogue.conflict;
  return out;
}

// Which side is the server where nothing could be opened. A client chooses an id of eight bytes or
// more for its server (RFC 9000 section 7.2), so a packet without one goes to a client.
bool is_servers(const QuicPacket& packet, Side speaker, const flowtable::FlowKey& key) noexcept {
  if (packet.type == QuicPacketType::retry) return true;
  if (packet.type != QuicPacketType::initial) return false;
  return packet.destination_id.empty() ||
         key.endpoint(speaker).port < key.endpoint(other(speaker)).port;
}

// Nothing could be opened: says why, and of whom. A server's packets alone are of no use, since
// their keys come from the client's first.
ParsedSession note_of(const HandshakeCapture& capture, const SeenPackets& packets) {
  const Side first = capture.flow.originator;
  const Side speaker = packets.from(first).empty() ? other(first) : first;
  const auto& said = packets.from(speaker);
  const auto about = std::ranges::find_if(
      said, [](const SeenPacket& seen) { return seen.packet.version != kQuicVersionNegotiation; });
  if (about == said.end()) return join_directions(capture, first, {}, {});
  const bool by_server = is_servers(about->packet, speaker, capture.flow.key);
  const bool alone = packets.from(other(speaker)).empty();
  ParsedSession out = join_directions(capture, by_server ? other(speaker) : speaker, {}, {});
  out.is_tls = true;
  out.observation.transport = Transport::quic;
  out.observation.quic_version = about->packet.version;
  out.observation.missing =
      by_server && alone ? MissingReason::client_hello_missing : MissingReason::undecryptable;
  return out;
}

}  // namespace

ParsedSession read_quic_session(const HandshakeCapture& capture, std::span<uint8_t> join_buffer) {
  Workspace& work = workspace();
  SeenPackets& packets = work.packets;
  read_packets(capture.stream(Side::a), packets.from(Side::a));
  read_packets(capture.stream(Side::b), packets.from(Side::b));
  AttemptReader reader(packets, {join_buffer, work.server_stream, work.packet});
  Side client_at = capture.flow.originator;
  std::vector<QuicDialogue> dialogues = reader.read(client_at);
  if (dialogues.empty()) {
    client_at = other(client_at);
    dialogues = reader.read(client_at);
  }
  if (dialogues.empty()) return note_of(capture, packets);

  const std::vector<SeenPacket>& server = packets.from(other(client_at));
  QuicDialogue whole = std::move(dialogues.front());
  bool retried = has_genuine_retry(server, whole.first_id);
  for (size_t i = 1; i < dialogues.size() && continues(whole, dialogues[i], server); ++i) {
    whole = joined(std::move(whole), std::move(dialogues[i]));
    retried = retried || has_genuine_retry(server, whole.first_id);
  }
  const bool server_opened = whole.server_opened;
  ParsedSession out = session_of(capture, client_at, std::move(whole));
  out.observation.quic_retry = retried;
  if (out.observation.missing == MissingReason::server_hello_missing && !server_opened &&
      has_unopened_initial(server)) {
    out.observation.missing = MissingReason::undecryptable;
  }
  return out;
}

}  // namespace tls
