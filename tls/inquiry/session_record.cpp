// SPDX-License-Identifier: Apache-2.0
#include "tls/inquiry/session_record.hpp"

#include "tls/fingerprint/foxio_methods.hpp"
#include "tls/pipeline/direction.hpp"
#include "tls/pipeline/hello_facts.hpp"
#include "tls/wire/client_hello.hpp"
#include "tls/wire/sslv2_hello.hpp"

#include <algorithm>
#include <utility>

namespace tls {

using flowtable::ByteReader;
using flowtable::Bytes;
using flowtable::Tick;
using probe::Reached;
using probe::Refusal;
using probe::TlsResult;

namespace {

constexpr uint8_t kTcp = 6;  // IP protocols
constexpr uint8_t kUdp = 17;

Transport transport_of(probe::Probe probe) noexcept {
  if (probe == probe::Probe::quic) return Transport::quic;
  return probe == probe::Probe::dtls ? Transport::dtls : Transport::tcp;
}

// What the scanner said itself.
void read_own_hello(Bytes message, Observation& out) {
  constexpr size_t kHeaderBytes = 4;
  if (message.size() < kHeaderBytes) return;
  const HelloForm form = out.transport == Transport::dtls ? HelloForm::dtls : HelloForm::tls;
  const Parsed<ClientHello> hello = parse_client_hello(message.subspan(kHeaderBytes), form);
  if (!hello.ok()) return;
  out.hello = client_facts(hello.value(), out.transport);
  out.sni = server_name_of(hello.value().extensions);
}

// What the server's messages say, but for the certificates, which the result has already.
Shared<ServerFacts> answer_of(const TlsResult& result, Transport transport) {
  ServerDirection server;
  ByteReader reader(result.messages);
  uint8_t type = 0;
  ByteReader body;
  const bool is_clear = !is_tls13_or_draft(result.version);
  while (reader.u8(type) && reader.u24_prefixed(body)) {
    const HandshakeMessage message{static_cast<HandshakeType>(type), body.rest(), false};
    const bool is_hello = message.type == HandshakeType::server_hello;
    if (is_hello || (is_clear && message.type != HandshakeType::certificate)) {
      take_message(message, transport, server);
    }
  }
  Shared<ServerFacts> answer = whole_answer(server);
  if (answer && result.alpn) answer.own().alpn_selected = result.alpn;
  return answer;
}

MissingReason missing_of(const TlsResult& result) noexcept {
  if (!result.certs.empty() || result.refusal == Refusal::none) return MissingReason::none;
  switch (result.refusal) {
    case Refusal::alert:
      return MissingReason::alert;
    case Refusal::too_much:
      return MissingReason::too_large;
    case Refusal::undecryptable:
      return MissingReason::undecryptable;
    case Refusal::malformed:
    case Refusal::unexpected:
    case Refusal::not_tls:
      return MissingReason::malformed;
    default:
      return MissingReason::server_flight_cut;
  }
}

Tick first_seen_of(const ConnectionFacts& connection) noexcept {
  if (connection.syn_sent != Tick{}) return connection.syn_sent;
  if (connection.syn_ack.tick != Tick{}) return connection.syn_ack.tick;
  return connection.opened;
}

// Its counts of packets and bytes stay zero: the core does not tell them.
flowtable::FlowSummary flow_of(const ConnectionFacts& connection, Transport transport) noexcept {
  const bool is_tcp = transport == Transport::tcp;
  const auto ordered =
      flowtable::FlowKey::of(connection.ours, connection.server, is_tcp ? kTcp : kUdp);
  flowtable::FlowSummary flow;
  flow.key = ordered.key;
  flow.originator = ordered.sender;
  flow.first_seen = first_seen_of(connection);
  flow.last_seen = connection.last;
  flow.syn_seen = is_tcp;
  flow.core = connection.core;
  return flow;
}

}  // namespace

bool has_hello(const TlsResult& result) noexcept {
  return result.reached >= Reached::server_hello || !result.certs.empty();
}

std::vector<CertificatePtr> certificates_of(const TlsResult& result, CertificateCache& cache) {
  std::vector<CertificatePtr> out;
  out.reserve(result.certs.size());
  for (const std::vector<uint8_t>& der : result.certs) {
    if (!der.empty()) out.push_back(cache.find_or_parse(der).certificate);
  }
  return out;
}

ProbeOutcome outcome_of(const Attempt& attempt, const std::vector<CertificatePtr>& certs) {
  const TlsResult& result = *attempt.tls();
  ProbeOutcome out;
  out.probe = probe::facts_of(result.probe).id;
  out.name = attempt.wish().host;
  out.refusal = result.refusal;
  out.reached = result.reached;
  if (result.alert) out.alert = result.alert->description;
  out.version = result.version;
  out.cipher = result.cipher;
  out.group = result.group;
  out.hello_retry = result.hello_retry;
  out.client_certificate_asked = result.client_certificate_asked;
  for (const CertificatePtr& certificate : certs)
    out.certs.push_back(certificate->sha256);
  return out;
}

std::optional<Observation> observation_of(const ConnectionFacts& connection, const Attempt& attempt,
                                          std::vector<CertificatePtr> certs) {
  const TlsResult* const result = attempt.tls();
  if (result == nullptr || !has_hello(*result)) return std::nullopt;
  Observation out;
  out.transport = transport_of(result->probe);
  out.flow = flow_of(connection, out.transport);
  out.seen = out.flow.first_seen;
  out.source = Source::active;
  out.client = connection.ours;
  out.server = connection.server;
  out.probe = probe::facts_of(result->probe).id;
  out.scan = connection.job;
  out.wanted_since = connection.wanted_since;
  if (result->quic_version != 0) out.quic_version = result->quic_version;
  out.quic_retry = result->quic_retry;
  if (out.transport != Transport::tcp) {
    read_own_hello(attempt.hello(), out);
  } else if (is_sslv2_hello(attempt.hello())) {
    const Parsed<SslV2Hello> hello = parse_sslv2_hello(attempt.hello());
    if (hello.ok()) out.sslv2_hello = sslv2_facts(hello.value());
  } else {
    constexpr size_t kRecordHeaderBytes = 5;
    const Bytes record = attempt.hello();
    read_own_hello(record.subspan(std::min(record.size(), kRecordHeaderBytes)), out);
  }
  out.answer = answer_of(*result, out.transport);
  out.certs = std::move(certs);
  out.hello_retry = result->hello_retry;
  if (result->alert && result->alert->level == AlertLevel::fatal) {
    out.alert = result->alert->description;
  }
  if (attempt.protocol() != nullptr) out.starttls = attempt.protocol()->name;
  out.plaintext_before = attempt.num_plaintext_said();
  out.client_certificate_asked = result->client_certificate_asked;
  out.missing = missing_of(*result);
  const flowtable::SynFacts& syn_ack = connection.syn_ack;
  if (syn_ack.seen) {
    out.ja4ts = ja4ts_of({syn_ack.window,
                          {syn_ack.options.data(), syn_ack.options_size},
                          {syn_ack.repeats.data(), syn_ack.num_repeats}});
  }
  return out;
}

}  // namespace tls
