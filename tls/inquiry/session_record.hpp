// SPDX-License-Identifier: Apache-2.0
// From what a connection heard to the records of it.
#pragma once

#include "flowtable/scan_exchange.hpp"
#include "tls/inquiry/attempt.hpp"
#include "tls/pipeline/certificate_cache.hpp"
#include "tls/pipeline/service_report.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tls {

// The connection of an attempt; over UDP there was no SYN-ACK, and `syn_sent` is of the datagram
// that was answered.
struct ConnectionFacts {
  uint32_t job = 0;
  uint16_t core = 0;
  flowtable::Endpoint server;
  flowtable::Endpoint ours;
  flowtable::SynFacts syn_ack;
  flowtable::Tick syn_sent{};  // zero: not known
  flowtable::Tick opened{};
  flowtable::Tick last{};
  std::optional<flowtable::Tick> wanted_since;  // of the question
};

// The server's certificates in the order sent; empty entries are left out.
[[nodiscard]] std::vector<CertificatePtr> certificates_of(const probe::TlsResult& result,
                                                          CertificateCache& cache);

// Of an attempt that said a hello.
[[nodiscard]] ProbeOutcome outcome_of(const Attempt& attempt,
                                      const std::vector<CertificatePtr>& certs);

// nullopt where no ServerHello came (SSL 2.0: no certificate).
[[nodiscard]] std::optional<Observation> observation_of(const ConnectionFacts& connection,
                                                        const Attempt& attempt,
                                                        std::vector<CertificatePtr> certs);

// A server spoke TLS: there was an answer to a hello that no other protocol gives.
[[nodiscard]] bool has_hello(const probe::TlsResult& result) noexcept;

}  // namespace tls
