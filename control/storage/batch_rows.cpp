// SPDX-License-Identifier: Apache-2.0
#include "control/storage/batch_rows.hpp"

#include "control/storage/stored_text.hpp"
#include "tls/digest/digest.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace control {
namespace {

using SightingKey = std::tuple<flowtable::Endpoint, tls::Transport, std::string,
                               std::optional<tls::Sha256>, tls::Source, std::string_view>;
using SshKey = std::tuple<flowtable::Endpoint, flowtable::IpAddress, std::string, std::string,
                          std::vector<uint8_t>, std::vector<uint8_t>>;
using ClientKey = std::tuple<flowtable::Endpoint, tls::Transport, flowtable::IpAddress, std::string,
                             std::string_view>;
using ServicePrintKey =
    std::tuple<flowtable::Endpoint, tls::Transport, std::string_view, std::string_view>;
using SuiteKey = std::tuple<std::chrono::sys_days, tls::Source, uint16_t, uint16_t, uint16_t>;
using FingerprintKey = std::pair<std::string_view, std::string_view>;

void widen(SeenSpan& seen, flowtable::Tick at) {
  seen.first = std::min(seen.first, at);
  seen.last = std::max(seen.last, at);
}

// One more of a link: a new row, or the count and the times of the one that is there.
template <typename Map, typename Row>
void add_link(Map& links, typename Map::key_type key, Row row, flowtable::Tick at) {
  row.seen = {at, at};
  row.count = 1;
  const auto [it, is_new] = links.try_emplace(std::move(key), std::move(row));
  if (is_new) return;
  widen(it->second.seen, at);
  ++it->second.count;
}

// Collects one batch. Ordered maps: their order is the order in which rows are locked.
class Collector {
 public:
  void add(const tls::Observation& observation, std::string_view sensor) {
    if (observation.kind == tls::RecordKind::ssh) return add_ssh(observation);
    const flowtable::Tick at = observation.seen;
    SessionRow session{&observation,
                       sensor,
                       chain_of(observation.certs, at),
                       chain_of(observation.client_certs, at),
                       {}};
    // Only its id: a resumed session shows no certificate again.
    if (observation.original) session.original_chain = id_of(observation.original->certs);
    if (observation.hello) {
      add_fingerprint("ja3", observation.hello->ja3, at);
      add_fingerprint("ja4", observation.hello->ja4, at);
      add_fingerprint("npf", observation.hello->npf, at);
    }
    if (observation.answer) {
      add_fingerprint("ja3s", observation.answer->ja3s, at);
      if (observation.answer->ja4s) add_fingerprint("ja4s", *observation.answer->ja4s, at);
    }
    if (observation.ja4t) add_fingerprint("ja4t", *observation.ja4t, at);
    if (observation.ja4ts) add_fingerprint("ja4ts", *observation.ja4ts, at);
    if (observation.answer || session.chain) add_links(observation, session.chain);
    add_suite(observation, sensor);
    rows_.sessions.push_back(std::move(session));
  }

  void add(const tls::ServiceReport& report) {
    if (report.jarm.empty()) return;
    add_fingerprint({"jarm", report.jarm, report.jarm_raw, {report.ended, report.ended}});
    add_service_print({report.server, report.transport, "jarm", report.jarm, {}, 0}, report.ended);
  }

  BatchRows take() {
    for (auto& [sha256, row] : certificates_) {
      rows_.certificates.push_back(row);
      rows_.certificates_seen.push_back({sha256, row.seen});
    }
    for (auto& [id, certificates] : chains_)
      rows_.chains.push_back({id, std::move(certificates)});
    for (auto& [key, row] : fingerprints_)
      rows_.fingerprints.push_back(row);
    for (auto& [key, row] : sightings_)
      rows_.sightings.push_back(std::move(row));
    for (auto& [key, row] : clients_)
      rows_.client_sightings.push_back(std::move(row));
    for (auto& [key, row] : service_prints_)
      rows_.service_fingerprints.push_back(row);
    for (auto& [key, row] : suites_)
      rows_.suite_days.push_back(row);
    for (auto& [key, row] : ssh_)
      rows_.ssh.push_back(std::move(row));
    return std::move(rows_);
  }

 private:
  std::optional<tls::Sha256> chain_of(const std::vector<tls::CertificatePtr>& shown,
                                      flowtable::Tick at) {
    for (const tls::CertificatePtr& certificate : shown) {
      if (certificate == nullptr) continue;
      const auto [it, is_new] = certificates_.try_emplace(
          certificate->sha256, CertificateRow{certificate.get(), {at, at}});
      if (!is_new) widen(it->second.seen, at);
    }
    hashes_.clear();
    for (const tls::CertificatePtr& certificate : shown) {
      if (certificate != nullptr) hashes_.push_back(certificate->sha256);
    }
    const std::optional<tls::Sha256> id = id_of(hashes_);
    if (id) chains_.try_emplace(*id, hashes_);
    return id;
  }

  std::optional<tls::Sha256> id_of(const std::vector<tls::Sha256>& chain) {
    if (chain.empty()) return std::nullopt;
    joined_.clear();
    for (const tls::Sha256& sha256 : chain)
      joined_.insert(joined_.end(), sha256.begin(), sha256.end());
    return tls::sha256(joined_);
  }

  void add_fingerprint(std::string_view method, const tls::Fingerprint& print, flowtable::Tick at) {
    if (!print.hash.empty()) add_fingerprint({method, print.hash, print.raw, {at, at}});
  }
  void add_fingerprint(const FingerprintRow& row) {
    const auto [it, is_new] = fingerprints_.try_emplace(FingerprintKey{row.method, row.hash}, row);
    if (!is_new) widen(it->second.seen, row.seen.last);
  }

  void add_links(const tls::Observation& observation, const std::optional<tls::Sha256>& chain) {
    // By the text that is stored: names that differ in bytes only ("\0" and the four characters
    // "\x00") would meet in one row of the table.
    std::string sni;
    if (observation.sni) sni = indexed_text(*observation.sni);
    const flowtable::Tick at = observation.seen;
    const flowtable::Endpoint& server = observation.server;
    const tls::Transport transport = observation.transport;
    add_link(
        sightings_, {server, transport, sni, chain, observation.source, observation.probe},
        SightingRow{server, transport, sni, chain, observation.source, observation.probe, {}, 0},
        at);
    if (observation.answer) {
      const tls::ServerFacts& answer = *observation.answer;
      add_service_print({server, transport, "ja3s", answer.ja3s.hash, {}, 0}, at);
      if (answer.ja4s) {
        add_service_print({server, transport, "ja4s", answer.ja4s->hash, {}, 0}, at);
      }
    }
    // Our own scanner is nobody's client.
    if (is_of_scanner(observation)) return;
    const std::string_view ja4 =
        observation.hello ? observation.hello->ja4.hash : std::string_view{};
    const flowtable::IpAddress& client = observation.client.address;
    add_link(clients_, {server, transport, client, sni, ja4},
             ClientSightingRow{server, transport, client, sni, ja4, {}, 0}, at);
  }

  void add_service_print(const ServiceFingerprintRow& row, flowtable::Tick at) {
    if (row.hash.empty()) return;
    add_link(service_prints_, {row.server, row.transport, row.method, row.hash}, row, at);
  }

  void add_suite(const tls::Observation& observation, std::string_view sensor) {
    SuiteDayRow row{std::chrono::floor<std::chrono::days>(observation.seen),
                    sensor,
                    observation.source,
                    0,
                    0,
                    0,
                    1};
    if (observation.answer) {
      row.server_version = observation.answer->version;
      row.cipher = observation.answer->cipher;
      row.key_group = observation.answer->group.value_or(0);
    }
    const SuiteKey key{row.day, row.source, row.server_version, row.cipher, row.key_group};
    const auto [it, is_new] = suites_.try_emplace(key, row);
    if (!is_new) ++it->second.sessions;
  }

  void add_ssh(const tls::Observation& observation) {
    if (!observation.ssh) return;
    const tls::SshFacts& ssh = *observation.ssh;
    const flowtable::Tick at = observation.seen;
    if (ssh.hassh) add_fingerprint("hassh", *ssh.hassh, at);
    if (ssh.hassh_server) add_fingerprint("hassh_server", *ssh.hassh_server, at);
    SshRow row{observation.server,
               observation.client.address,
               indexed_text(ssh.client_id),
               indexed_text(ssh.server_id),
               md5_of(ssh.hassh),
               md5_of(ssh.hassh_server),
               {},
               0};
    SshKey key{row.server, row.client, row.client_id, row.server_id, row.hassh, row.hassh_server};
    add_link(ssh_, std::move(key), std::move(row), at);
  }

  static std::vector<uint8_t> md5_of(const std::optional<tls::Fingerprint>& print) {
    if (!print) return {};
    return bytes_of_hex(print->hash).value_or(std::vector<uint8_t>{});
  }

  BatchRows rows_;
  std::map<tls::Sha256, CertificateRow> certificates_;
  std::map<tls::Sha256, std::vector<tls::Sha256>> chains_;
  std::map<FingerprintKey, FingerprintRow> fingerprints_;
  std::map<SightingKey, SightingRow> sightings_;
  std::map<ClientKey, ClientSightingRow> clients_;
  std::map<ServicePrintKey, ServiceFingerprintRow> service_prints_;
  std::map<SuiteKey, SuiteDayRow> suites_;
  std::map<SshKey, SshRow> ssh_;
  std::vector<tls::Sha256> hashes_;  // kept for their memory
  std::vector<uint8_t> joined_;
};

}  // namespace

BatchRows make_batch_rows(const StoreItems& items, std::string_view sensor) {
  Collector collector;
  for (const tls::Observation* observation : items.observations)
    collector.add(*observation, sensor);
  for (const tls::ServiceReport* report : items.reports)
    collector.add(*report);
  BatchRows rows = collector.take();
  rows.scan = make_scan_rows(items, sensor);
  return rows;
}

}  // namespace control
