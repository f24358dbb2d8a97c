// SPDX-License-Identifier: Apache-2.0
// What the memory learns of one TLS session: the product of the pipeline.
#pragma once

#include "flowtable/flow_summary.hpp"
#include "tls/fingerprint/fingerprint.hpp"
#include "tls/pipeline/missing_reason.hpp"
#include "tls/pipeline/shared_facts.hpp"
#include "tls/wire/transport.hpp"
#include "tls/x509/certificate_facts.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tls {

// Whose eye it was; `imported`: another scanner's.
enum class Source : uint8_t { passive, active, imported };
// The word of the record and the memory.
[[nodiscard]] constexpr std::string_view name_of(Source source) noexcept {
  switch (source) {
    case Source::passive:
      return "passive";
    case Source::active:
      return "active";
    case Source::imported:
      return "imported";
  }
  return "";
}

// draft-ietf-tls-esni-25 section 5: what the outer hello says of the configuration that
// it was made for.
struct EchOuter {
  uint8_t config_id = 0;
  uint16_t kdf = 0;
  uint16_t aead = 0;
};

// What the ClientHello says (the first one, where there were two), but for the name it asks for:
// the same for all sessions of clients that are alike.
struct ClientFacts {
  uint16_t legacy_version = 0;
  std::optional<std::vector<uint16_t>> supported_versions;  // without GREASE; nullopt: no extension
  std::optional<std::vector<std::string>> alpn;             // bytes as sent; nullopt: no extension
  std::vector<uint16_t> groups;                             // supported_groups, without GREASE
  std::vector<uint16_t> key_shares;  // groups of the key_share extension, without GREASE
  bool psk = false;
  bool ech = false;  // encrypted_client_hello or ESNI
  std::optional<EchOuter> ech_outer;
  Fingerprint ja3;
  Fingerprint ja4;           // raw: JA4_r
  Fingerprint ja4_original;  // JA4_o and JA4_ro: wire order
  Fingerprint npf;           // empty: not made
};

// What an SSL 2.0 CLIENT-HELLO says: such a hello has no JA3 and no JA4.
struct SslV2Facts {
  uint16_t version = 0;                // the highest the client speaks
  std::vector<uint32_t> cipher_specs;  // 24 bits each; TLS suites are below 0x10000
};

// What the ServerHello says (the last one, where there was a HelloRetryRequest).
struct ServerFacts {
  uint16_t legacy_version = 0;
  uint16_t version = 0;  // supported_versions where present, else legacy_version
  uint16_t cipher = 0;
  std::optional<std::string> alpn_selected;
  std::optional<uint16_t> group;  // of key_share, or of an ECDHE ServerKeyExchange
  bool ocsp_staple = false;       // a CertificateStatus message was sent in clear
  bool sct = false;               // signed_certificate_timestamp extension
  Fingerprint ja3s;
  std::optional<Fingerprint> ja4s;  // only with -Dfoxio=true
};

// Shared with the cache of known certificates and the writers.
using CertificatePtr = std::shared_ptr<const CertificateFacts>;

// What both sides of an SSH connection say in clear (RFC 4253 sections 4.2 and 7.1).
struct SshFacts {
  std::string client_id;  // identification lines without CR and LF; bytes as sent
  std::string server_id;
  std::optional<Fingerprint> hassh;
  std::optional<Fingerprint> hassh_server;
};

// By what a session was resumed.
enum class ResumedBy : uint8_t { nothing, session_id, ticket, psk };
// The word of the record and the memory; empty for `nothing`.
[[nodiscard]] constexpr std::string_view name_of(ResumedBy how) noexcept {
  switch (how) {
    case ResumedBy::nothing:
      return "";
    case ResumedBy::session_id:
      return "session_id";
    case ResumedBy::ticket:
      return "ticket";
    case ResumedBy::psk:
      return "psk";
  }
  return "";
}

// The full handshake that a resumed session goes back to, where this run has seen it.
struct OriginalSession {
  flowtable::Tick seen{};
  std::vector<Sha256> certs;  // of the server's certificates, in wire order
};

enum class RecordKind : uint8_t { tls, ssh };

struct Observation {
  RecordKind kind = RecordKind::tls;
  flowtable::FlowSummary flow;
  flowtable::Tick seen{};  // of the first packet of the flow
  Source source = Source::passive;
  Transport transport = Transport::tcp;
  flowtable::Endpoint client;
  flowtable::Endpoint server;
  Shared<ClientFacts> hello;
  std::optional<std::string> sni;         // of the ClientHello; bytes as sent
  std::optional<SslV2Facts> sslv2_hello;  // instead of `hello`
  Shared<ServerFacts> answer;
  std::vector<CertificatePtr> certs;         // the server's, in wire order
  std::vector<CertificatePtr> client_certs;  // the client's, in wire order
  bool hello_retry = false;
  bool resumed = false;
  ResumedBy resumed_by = ResumedBy::nothing;
  std::optional<OriginalSession> original;
  std::optional<uint32_t> quic_version;  // of the packets that carried the ClientHello
  bool quic_retry = false;               // a genuine Retry packet was answered
  std::optional<SshFacts> ssh;           // where kind is ssh; then there are no hellos
  uint32_t plaintext_before = 0;         // bytes of another protocol before the ClientHello
  std::string_view starttls;             // that protocol's name, static; empty: none, or not known
  std::optional<Fingerprint> ja4t;       // of the SYN; these four only with -Dfoxio=true
  std::optional<Fingerprint> ja4ts;
  std::optional<Fingerprint> ja4l;  // `hash` is the value, `raw` the same
  std::optional<Fingerprint> ja4ls;
  std::string tlsh;              // D4's text form; empty: none
  std::optional<uint8_t> alert;  // description of the first fatal alert sent in clear
  bool conflict = false;         // retransmitted bytes differed; the first ones were used
  // Of the scanner: the id of its hello, static, and the job. Empty and 0 of the tap.
  std::string_view probe;
  uint32_t scan = 0;
  // Fetched, not seen: when the tap saw the session whose certificate was asked for in this way.
  std::optional<flowtable::Tick> wanted_since;
  bool client_certificate_asked = false;  // a CertificateRequest was seen
  MissingReason missing = MissingReason::none;

  [[nodiscard]] bool complete() const noexcept { return missing == MissingReason::none; }
};

using RecordBatch = std::vector<Observation>;

}  // namespace tls
