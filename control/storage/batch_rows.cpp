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
using FingerprintKey = std::pair<std::string_view, std::string_view>;

void widen(SeenSpan& seen, flowtable::Tick at) {
  seen.first = std::min(seen.first, at);
  seen.last = std::max(seen.last, at);
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
    if (observation.answer || session.chain) add_sighting(observation, session.chain);
    rows_.sessions.push_back(std::move(session));
  }

  void add(const tls::ServiceReport& report) {
    if (report.jarm.empty()) return;
    add_fingerprint({"jarm", report.jarm, report.jarm_raw, {report.ended, report.ended}});
  }

  BatchRows take() {
    for (auto& [sha256, row] : certificates_)
      rows_.certificates.push_back(row);
    for (auto& [id, certificates] : chains_)
      rows_.chains.push_back({id, std::move(certificates)});
    for (auto& [key, row] : fingerprints_)
      rows_.fingerprints.push_back(row);
    for (auto& [key, row] : sightings_)
      rows_.sightings.push_back(row);
    for (auto& [key, row] : ssh_)
      rows_.ssh.push_back(row);
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

  void add_sighting(const tls::Observation& observation, const std::optional<tls::Sha256>& chain) {
    // By the text that is stored: names that differ in bytes only ("\0" and the four characters
    // "\x00") would meet in one row of the table.
    std::string sni;
    if (observation.sni) sni = indexed_text(*observation.sni);
    const flowtable::Tick at = observation.seen;
    const auto [it, is_new] =
        sightings_.try_emplace(SightingKey{observation.server, observation.transport, sni, chain,
                                           observation.source, observation.probe},
                               SightingRow{observation.server,
                                           observation.transport,
                                           sni,
                                           chain,
                                           observation.source,
                                           observation.probe,
                                           {at, at},
                                           1});
    if (is_new) return;
    widen(it->second.seen, at);
    ++it->second.count;
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
               {at, at},
               1};
    SshKey key{row.server, row.client, row.client_id, row.server_id, row.hassh, row.hassh_server};
    const auto [it, is_new] = ssh_.try_emplace(std::move(key), std::move(row));
    if (is_new) return;
    widen(it->second.seen, at);
    ++it->second.count;
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
