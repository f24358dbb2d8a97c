// SPDX-License-Identifier: Apache-2.0
#include "control/storage/store_items.hpp"

namespace control {
namespace {

template <typename Row>
void append_refs(std::vector<const Row*>& refs, const std::vector<Row>& rows) {
  for (const Row& row : rows)
    refs.push_back(&row);
}

// Memory of an observation that a peer can make as large as it likes: what its hellos say, and the
// strings of its fingerprints. Certificates are shared with the cache, which has a limit of its
// own.
size_t bytes_of(const tls::Observation& seen) {
  size_t bytes = sizeof seen + (seen.certs.size() + seen.client_certs.size()) * sizeof(void*);
  if (seen.sni) bytes += seen.sni->size();
  if (seen.hello) {
    const tls::ClientFacts& hello = *seen.hello;
    bytes += hello.ja3.raw.size() + hello.ja4.raw.size() + hello.ja4_original.raw.size();
    for (const std::string& name : hello.alpn.value_or(std::vector<std::string>{}))
      bytes += sizeof name + name.size();
  }
  if (seen.answer) bytes += seen.answer->ja3s.raw.size();
  return bytes;
}

size_t bytes_of(const tls::ServiceReport& report) {
  size_t bytes = sizeof report + report.name.size() + report.step.size() + report.code.size() +
                 report.jarm.size() + report.jarm_raw.size();
  for (const tls::ProbeOutcome& probe : report.probes)
    bytes += sizeof probe + probe.name.size() + probe.certs.size() * sizeof(tls::Sha256);
  for (const tls::AcceptedSuites& each : report.accepted)
    bytes += sizeof each + each.suites.size() * sizeof(uint16_t);
  return bytes;
}

}  // namespace

StoreItemRefs::StoreItemRefs(const std::vector<StoreBatch>& batches) {
  for (const StoreBatch& batch : batches) {
    append_refs(observations_, batch.observations);
    append_refs(reports_, batch.reports);
    append_refs(replies_, batch.replies);
    append_refs(scans_, batch.scans);
  }
}

StoreLoad load_of(const StoreBatch& batch) {
  StoreLoad load;
  for (const tls::Observation& seen : batch.observations) {
    ++(is_of_scanner(seen) ? load.scan_rows : load.rows);
    load.bytes += bytes_of(seen);
  }
  load.scan_rows += batch.reports.size() + batch.replies.size();
  for (const tls::ServiceReport& report : batch.reports)
    load.bytes += bytes_of(report);
  load.bytes += batch.replies.size() * sizeof(flowtable::ScanReply);
  return load;
}

}  // namespace control
