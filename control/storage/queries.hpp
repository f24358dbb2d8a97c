// SPDX-License-Identifier: Apache-2.0
// What the command line and the page ask the memory.
#pragma once

#include "control/storage/connection.hpp"
#include "control/storage/query_term.hpp"
#include "flowtable/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace control {

// A table to show. Times are UTC (2026-01-31T23:59:59Z, or "infinity"), digests lower-case hex,
// absent values empty.
struct QuerySection {
  std::string heading;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

struct CertsFilter {
  // Still valid, and not for longer than so many seconds.
  std::optional<int64_t> expiring_seconds{};
  bool expired = false;  // only those whose validity is over
  // DNS name among the certificate's names (a wildcard of its domain too), or *.domain: below it.
  std::optional<std::string> name{};
  std::optional<std::string> issuer{};  // part of the issuer's common name, in any case
  int limit = 100;                      // 1 to 1000
  int64_t offset = 0;
};

struct ScanServicesFilter {
  std::optional<std::string> sensor{};  // whose job of that number; absent: any
  std::optional<bool> tls{};            // only those that speak TLS, or only those that do not
  std::optional<std::string> reason{};  // why there is no TLS: a word of tls::NoTlsReason
  int limit = 100;                      // 1 to 1000
  int64_t offset = 0;
};

// Reads only, in a read-only session with a time limit per statement; values travel as parameters.
// Connects at the first question and again after the server was away. One thread.
class Queries {
 public:
  struct Options {
    DatabaseAddress address;
    std::chrono::milliseconds statement_timeout{10'000};
  };
  explicit Queries(Options options) : options_(std::move(options)) {}

  // not_after, remaining (seconds; negative: expired since), subject_cn, issuer_cn, key, services,
  // first_seen, last_seen, sha256; those that expire first come first. `services` counts addresses
  // × ports × transports that showed it as their own, each once, whichever eye saw it.
  flowtable::OrError<QuerySection> certs(const CertsFilter& filter);

  // Everything about an address, network, digest, fingerprint or name (parse_term), at most
  // `rows_max` rows of each kind. Sections without rows are left out; none at all: nothing is known
  // about it.
  flowtable::OrError<std::vector<QuerySection>> show(std::string_view word, int rows_max = 100);

  // The jobs of the scanner, the latest first: id, state, who, started, ended, spec, shard, shards,
  // targets, sent, open, closed, unreachable, silent, lost_locally, tls, certificates, sensor.
  flowtable::OrError<QuerySection> scans(int limit = 100);

  // The services of one job by address: scan, server, port, transport, name, outcome, tls (true,
  // false), no_tls, starttls, speaks, step, code, alert, jarm, accepted, connections, ended,
  // sensor, and of what it showed last to the scanner by that name: probe, sha256, subject_cn,
  // not_after.
  flowtable::OrError<QuerySection> scan_services(uint32_t scan, const ScanServicesFilter& filter);

 private:
  struct Question {
    std::string_view heading;
    std::string sql;
    DatabaseConnection::Parameters parameters;
  };
  [[nodiscard]] static std::vector<Question> questions_about(const QueryTerm& term, int rows_max);
  flowtable::OrError<QuerySection> ask(const Question& question);
  flowtable::OrError<void> connect();

  const Options options_;
  std::optional<DatabaseConnection> database_;
};

}  // namespace control
