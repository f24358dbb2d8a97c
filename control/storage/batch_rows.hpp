// SPDX-License-Identifier: Apache-2.0
// The rows that a batch becomes, each thing once.
#pragma once

#include "control/storage/scan_rows.hpp"
#include "control/storage/store_items.hpp"
#include "flowtable/base/tick.hpp"
#include "tls/pipeline/observation.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace control {

struct SeenSpan {
  flowtable::Tick first{};
  flowtable::Tick last{};
};

struct CertificateRow {
  const tls::CertificateFacts* facts;
  SeenSpan seen;
};

// Of every certificate of the batch, whether its row is there or was written before.
struct CertificateSeenRow {
  tls::Sha256 sha256;
  SeenSpan seen;
};

struct ChainRow {
  tls::Sha256 id;  // SHA-256 over the concatenated hashes
  std::vector<tls::Sha256> certificates;
};

struct FingerprintRow {
  std::string_view method;  // as the table of methods names it: "ja3", "ja4", …
  std::string_view hash;
  std::string_view raw;
  SeenSpan seen;
};

struct SightingRow {
  flowtable::Endpoint server;
  tls::Transport transport;
  std::string sni;                   // as it is stored (indexed_text); empty: none
  std::optional<tls::Sha256> chain;  // nullopt: none was seen
  tls::Source source;
  std::string_view probe;  // id of the scanner's hello; empty: the clients' hellos
  SeenSpan seen;
  int64_t count;
};

// A client asked a service for a name. As stored (indexed_text), empty: none.
struct ClientSightingRow {
  flowtable::Endpoint server;
  tls::Transport transport;
  flowtable::IpAddress client;
  std::string sni;
  std::string_view ja4;
  SeenSpan seen;
  int64_t count;
};

// What a service itself looks like.
struct ServiceFingerprintRow {
  flowtable::Endpoint server;
  tls::Transport transport;
  std::string_view method;
  std::string_view hash;
  SeenSpan seen;
  int64_t count;
};

// Sessions of a UTC day by version, suite and group; 0 where there is none.
struct SuiteDayRow {
  std::chrono::sys_days day;
  std::string_view sensor;
  tls::Source source;
  uint16_t server_version;
  uint16_t cipher;
  uint16_t key_group;
  int64_t sessions;
};

// Who spoke SSH with what to whom. As stored (indexed_text), and empty where it was not seen.
struct SshRow {
  flowtable::Endpoint server;
  flowtable::IpAddress client;
  std::string client_id;
  std::string server_id;
  std::vector<uint8_t> hassh;
  std::vector<uint8_t> hassh_server;
  SeenSpan seen;
  int64_t count;
};

struct SessionRow {
  const tls::Observation* observation;
  std::string_view sensor;
  std::optional<tls::Sha256> chain;
  std::optional<tls::Sha256> client_chain;
  std::optional<tls::Sha256> original_chain;  // that of the full handshake it was resumed from
};

// Everything borrows from the items. All but sessions are sorted by their key and hold each
// key once: two writers that lock rows in this order cannot block each other in a circle.
struct BatchRows {
  std::vector<CertificateRow> certificates;
  std::vector<CertificateSeenRow> certificates_seen;
  std::vector<ChainRow> chains;
  std::vector<FingerprintRow> fingerprints;
  std::vector<SightingRow> sightings;
  std::vector<ClientSightingRow> client_sightings;
  std::vector<ServiceFingerprintRow> service_fingerprints;
  std::vector<SuiteDayRow> suite_days;
  std::vector<SshRow> ssh;
  std::vector<SessionRow> sessions;
  ScanRows scan;
};

// A sighting needs an answer: what no server answered in TLS is no service (a stray hello to an
// SSH port is not), and remains a session only.
[[nodiscard]] BatchRows make_batch_rows(const StoreItems& items, std::string_view sensor);

}  // namespace control
