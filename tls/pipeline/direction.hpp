// SPDX-License-Identifier: Apache-2.0
// What one direction of a session says.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "tls/pipeline/facts_memo.hpp"
#include "tls/pipeline/observation.hpp"
#include "tls/pipeline/resumption_handles.hpp"
#include "tls/wire/handshake_assembler.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tls {

// DER of a Certificate message.
struct ShownCertificates {
  std::vector<flowtable::Bytes> ders;  // windows of the stream, or of `joined`
  std::vector<std::vector<uint8_t>> joined;
  bool seen = false;  // there was a Certificate message, be it empty
};

// How the clear part of a direction ended, whichever side it was.
struct DirectionEnd {
  HandshakeStep step = HandshakeStep::end;
  ParseError error{};                    // where step is malformed
  bool message_bad = false;              // a whole message broke its format
  bool cipher_changed = false;           // ChangeCipherSpec
  bool handshake_begun = false;          // at least the first byte of a handshake message
  bool gap = false;                      // of datagrams: what was wanted is there in part only
  std::optional<HandshakeType> pending;  // the message that is cut or too large
  std::optional<uint8_t> alert;          // description of the first fatal one
};

struct ClientDirection {
  FactsMemo* memo = nullptr;       // borrowed; null: facts are made afresh
  Shared<ClientFacts> hello;       // of the first ClientHello
  std::optional<std::string> sni;  // of the same
  std::optional<SslV2Facts> sslv2_hello;
  SessionId session_id;
  std::optional<Sha256> ticket;  // of the session ticket it comes back with
  ShownCertificates certificates;
  DirectionEnd end;
};

struct ServerDirection {
  FactsMemo* memo = nullptr;   // borrowed; null: facts are made afresh
  Shared<ServerFacts> answer;  // of the last ServerHello, which may be a HelloRetryRequest
  AnswerExtras extras;         // of what came behind it
  bool answer_is_retry = false;
  bool hello_retry = false;
  bool pre_shared_key = false;  // the answer takes the client's
  bool hello_done = false;
  SessionId session_id;
  std::optional<Sha256> ticket;  // of the session ticket it gives out in clear
  ShownCertificates certificates;
  DirectionEnd end;
};

// What reading takes from its thread. `join_buffer`: see HandshakeAssembler; used only during the
// call. `memo` may be null.
struct ReadingTools {
  std::span<uint8_t> join_buffer;
  FactsMemo* memo = nullptr;
};

// The streams begin with TLS records, the client's perhaps with an SSL 2.0 hello.
[[nodiscard]] ClientDirection read_client(flowtable::Bytes stream, const ReadingTools& tools);
[[nodiscard]] ServerDirection read_server(flowtable::Bytes stream, const ReadingTools& tools);

// The answer with all that was said of it.
[[nodiscard]] Shared<ServerFacts> whole_answer(ServerDirection& server);

// Puts what one message says to what its direction has said so far, whatever carried it.
// Certificates stay windows of the message, unless it was joined: then they are copied.
void take_message(const HandshakeMessage& message, Transport transport, ClientDirection& out);
void take_message(const HandshakeMessage& message, Transport transport, ServerDirection& out);
// The first fatal alert counts.
void take_alert(const Alert& alert, DirectionEnd& end) noexcept;

// What the first handshake message of a stream tells of its sender.
enum class Speaker : uint8_t { unknown, client, server };
[[nodiscard]] Speaker speaker_of(flowtable::Bytes stream) noexcept;
// The same of one message.
[[nodiscard]] Speaker speaker_of(HandshakeType first) noexcept;

}  // namespace tls
