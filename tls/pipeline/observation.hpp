// SPDX-License-Identifier: Apache-2.0
// What the memory learns of one TLS session: the product of the pipeline.
#pragma once

#include "flowtable/flow_summary.hpp"
#include "tls/fingerprint/fingerprint.hpp"
#include "tls/wire/transport.hpp"
#include "tls/x509/certificate_facts.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tls {

// Whose eye it was.
enum class Source : uint8_t { passive, active };

// Why a session is not complete. One value is one outcome in the book, one metric label and one
// word in the record; `none` is a complete session.
enum class MissingReason : uint8_t {
  none,
  client_hello_missing,  // only the server's direction was seen
  server_hello_missing,  // only the client's direction was seen, or the server never answered
  client_hello_cut,      // its bytes end early (see `end`)
  server_flight_cut,     // server bytes end before the handshake's encrypted part
  gap,                   // bytes between were never seen
  too_large,             // did not fit the capture buffer
  malformed,             // the bytes break the format
  alert,                 // one side refused with a fatal alert
  count_
};
[[nodiscard]] std::string_view name_of(MissingReason reason) noexcept;

// What the ClientHello says (the first one, where there were two).
struct ClientFacts {
  uint16_t legacy_version = 0;
  std::optional<std::vector<uint16_t>> supported_versions;  // without GREASE; nullopt: no extension
  std::optional<std::string> sni;                           // bytes as sent
  std::optional<std::vector<std::string>> alpn;             // bytes as sent; nullopt: no extension
  std::vector<uint16_t> groups;                             // supported_groups, without GREASE
  bool psk = false;
  bool ech = false;  // encrypted_client_hello or ESNI
  Fingerprint ja3;
  Fingerprint ja4;           // raw: JA4_r
  Fingerprint ja4_original;  // JA4_o and JA4_ro: wire order
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
  std::optional<uint16_t> group;  // of key_share
  Fingerprint ja3s;
  std::optional<Fingerprint> ja4s;  // only with -Dfoxio=true
};

using CertificatePtr =
    std::shared_ptr<const CertificateFacts>;  // shared with the known-certificate
                                              // cache and the writers

struct Observation {
  flowtable::FlowSummary flow;
  flowtable::Tick seen{};  // of the first packet of the flow
  Source source = Source::passive;
  Transport transport = Transport::tcp;
  flowtable::Endpoint client;
  flowtable::Endpoint server;
  std::optional<ClientFacts> hello;
  std::optional<SslV2Facts> sslv2_hello;  // instead of `hello`
  std::optional<ServerFacts> answer;
  std::vector<CertificatePtr> certs;         // the server's, in wire order
  std::vector<CertificatePtr> client_certs;  // the client's, in wire order
  bool hello_retry = false;
  bool resumed = false;
  uint32_t plaintext_before = 0;  // bytes of another protocol before the ClientHello
  std::optional<uint8_t> alert;   // description of the first fatal alert sent in clear
  bool conflict = false;          // retransmitted bytes differed; the first ones were used
  MissingReason missing = MissingReason::none;

  [[nodiscard]] bool complete() const noexcept { return missing == MissingReason::none; }
};

using RecordBatch = std::vector<Observation>;

}  // namespace tls
