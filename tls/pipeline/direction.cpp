// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/direction.hpp"

#include "tls/digest/digest.hpp"
#include "tls/pipeline/hello_facts.hpp"
#include "tls/wire/certificate.hpp"
#include "tls/wire/certificate_status.hpp"
#include "tls/wire/record_reader.hpp"
#include "tls/wire/server_key_exchange.hpp"
#include "tls/wire/session_ticket.hpp"

#include <algorithm>

namespace tls {

using flowtable::Bytes;

namespace {

SessionId copy_of(Bytes session_id) noexcept {
  SessionId out;
  out.size = std::min(session_id.size(), out.bytes.size());
  std::copy_n(session_id.begin(), out.size, out.bytes.begin());
  return out;
}

// The first Certificate message of a direction counts. Entries without a byte are no certificates.
void read_certificates(const HandshakeMessage& message, ShownCertificates& out, DirectionEnd& end) {
  if (out.seen) return;
  out.seen = true;
  Bytes body = message.body;
  if (message.joined) {
    out.joined.emplace_back(body.begin(), body.end());
    body = out.joined.back();
  }
  const Parsed<CertificateList> list = parse_certificate_message(body, CertificateForm::tls12);
  if (!list.ok()) {
    end.message_bad = true;
    return;
  }
  end.message_bad = end.message_bad || !list.value().whole();
  for (const CertificateEntry& entry : list.value()) {
    if (!entry.der.empty()) out.ders.push_back(entry.der);
  }
}

void read_hello(Bytes body, Transport transport, ClientDirection& out) {
  if (out.hello) return;
  const HelloForm form = transport == Transport::dtls ? HelloForm::dtls : HelloForm::tls;
  const Parsed<ClientHello> hello = parse_client_hello(body, form);
  if (!hello.ok()) {
    out.end.message_bad = true;
    return;
  }
  out.hello = out.memo != nullptr ? out.memo->of(hello.value(), transport)
                                  : Shared(client_facts(hello.value(), transport));
  out.sni = server_name_of(hello.value().extensions);
  out.session_id = copy_of(hello.value().session_id);
  // RFC 5077 section 3.2: empty where the client has none and would like one.
  const auto ticket = hello.value().extensions.find(ExtensionType::session_ticket);
  if (ticket && !ticket->empty()) out.ticket = sha256(*ticket);
}

void read_hello(const HandshakeMessage& message, Transport transport, ServerDirection& out) {
  const bool is_draft_retry = message.type == HandshakeType::hello_retry_request;
  const Parsed<ServerHello> parsed =
      is_draft_retry ? parse_draft_hello_retry(message.body) : parse_server_hello(message.body);
  if (!parsed.ok()) {
    out.end.message_bad = true;
    return;
  }
  const ServerHello& hello = parsed.value();
  out.hello_retry = out.hello_retry || hello.is_hello_retry;
  out.answer_is_retry = hello.is_hello_retry;
  out.pre_shared_key = hello.extensions.has(ExtensionType::pre_shared_key);
  out.session_id = copy_of(hello.session_id);
  out.answer =
      out.memo != nullptr ? out.memo->of(hello, transport) : Shared(server_facts(hello, transport));
  out.extras = {};
}

// What these three say is an extra: where one of them breaks its format, the session is no less
// complete.
void read_status(Bytes body, ServerDirection& out) {
  const Parsed<CertificateStatus> status = parse_certificate_status(body);
  if (out.answer && status.ok() && status.value().num_responses > 0) out.extras.ocsp_staple = true;
}

void read_group(Bytes body, ServerDirection& out) {
  if (!out.answer || out.answer->group || out.extras.group) return;
  const EcdheForm form = ecdhe_form_of(out.answer->cipher);
  if (form == EcdheForm::none) return;
  const Parsed<uint16_t> group = read_ecdhe_group(body, form);
  if (group.ok()) out.extras.group = group.value();
}

void read_ticket(Bytes body, ServerDirection& out) {
  const Parsed<Bytes> ticket = parse_new_session_ticket(body);
  if (ticket.ok() && !ticket.value().empty()) out.ticket = sha256(ticket.value());
}

template <typename Direction>
void read_messages(Bytes stream, std::span<uint8_t> join_buffer, Direction& out) {
  HandshakeAssembler assembler(stream, join_buffer);
  DirectionEnd& end = out.end;
  while (true) {
    const HandshakeEvent event = assembler.next();
    if (event.step == HandshakeStep::message) {
      end.handshake_begun = true;
      take_message(event.message, Transport::tcp, out);
      continue;
    }
    if (event.step == HandshakeStep::alert) {
      take_alert(event.alert, end);
      continue;
    }
    end.step = event.step;
    end.error = event.error;
    break;
  }
  end.cipher_changed = assembler.cipher_changed();
  if (assembler.pending()) {
    end.handshake_begun = true;
    end.pending = assembler.pending_type();
  }
}

}  // namespace

void take_message(const HandshakeMessage& message, Transport transport, ClientDirection& out) {
  switch (message.type) {
    case HandshakeType::client_hello:
      return read_hello(message.body, transport, out);
    case HandshakeType::certificate:
      return read_certificates(message, out.certificates, out.end);
    default:
      return;
  }
}

void take_message(const HandshakeMessage& message, Transport transport, ServerDirection& out) {
  switch (message.type) {
    case HandshakeType::server_hello:
    case HandshakeType::hello_retry_request:
      return read_hello(message, transport, out);
    case HandshakeType::certificate:
      return read_certificates(message, out.certificates, out.end);
    case HandshakeType::certificate_status:
      return read_status(message.body, out);
    case HandshakeType::server_key_exchange:
      return read_group(message.body, out);
    case HandshakeType::new_session_ticket:
      return read_ticket(message.body, out);
    case HandshakeType::server_hello_done:
      out.hello_done = true;
      return;
    default:
      return;
  }
}

void take_alert(const Alert& alert, DirectionEnd& end) noexcept {
  if (alert.level == AlertLevel::fatal && !end.alert) end.alert = alert.description;
}

ClientDirection read_client(Bytes stream, const ReadingTools& tools) {
  ClientDirection out;
  out.memo = tools.memo;
  if (is_sslv2_hello(stream)) {
    out.end.handshake_begun = true;
    const Parsed<SslV2Hello> hello = parse_sslv2_hello(stream);
    if (!hello.ok()) {
      out.end.pending = HandshakeType::client_hello;
      out.end.step =
          hello.error() == ParseError::truncated ? HandshakeStep::cut : HandshakeStep::malformed;
      out.end.error = hello.error();
      return out;
    }
    out.sslv2_hello = sslv2_facts(hello.value());
    stream = stream.subspan(hello.value().record_bytes);
  }
  read_messages(stream, tools.join_buffer, out);
  return out;
}

ServerDirection read_server(Bytes stream, const ReadingTools& tools) {
  ServerDirection out;
  out.memo = tools.memo;
  read_messages(stream, tools.join_buffer, out);
  return out;
}

Shared<ServerFacts> whole_answer(ServerDirection& server) {
  Shared<ServerFacts> out = std::move(server.answer);
  const AnswerExtras& extras = server.extras;
  if (!out || (!extras.group && !extras.ocsp_staple)) return out;
  if (server.memo != nullptr) return server.memo->with(out, extras);
  add_extras(extras, out.own());
  return out;
}

Speaker speaker_of(HandshakeType first) noexcept {
  switch (first) {
    case HandshakeType::client_hello:
    case HandshakeType::client_key_exchange:
      return Speaker::client;
    case HandshakeType::server_hello:
    case HandshakeType::hello_request:
    case HandshakeType::hello_verify_request:
    case HandshakeType::hello_retry_request:
    case HandshakeType::server_key_exchange:
    case HandshakeType::server_hello_done:
      return Speaker::server;
    default:
      return Speaker::unknown;
  }
}

Speaker speaker_of(Bytes stream) noexcept {
  if (is_sslv2_hello(stream)) return Speaker::client;
  RecordReader records(stream);
  while (!records.at_end()) {
    const Parsed<Record> record = records.next();
    if (!record.ok()) break;
    if (record.value().type != ContentType::handshake || record.value().payload.empty()) continue;
    return speaker_of(static_cast<HandshakeType>(record.value().payload[0]));
  }
  return Speaker::unknown;
}

}  // namespace tls
