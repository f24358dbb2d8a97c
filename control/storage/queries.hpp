// SPDX-License-Identifier: Apache-2.0
// What the command line and the page ask the memory.
#pragma once

#include "control/query/query.hpp"
#include "control/storage/connection.hpp"
#include "control/storage/query_compiler.hpp"
#include "control/storage/query_term.hpp"
#include "flowtable/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
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

// One page of a list.
struct QueryPage {
  QuerySection section;
  std::string next{};  // PageWanted::after of the page behind; empty: this was the last
};

// How a question is put to the database.
struct QueryPlan {
  std::string heading;
  std::string sql;
  std::vector<std::string> parameters;  // $1 is the first
  std::string plan;                     // of EXPLAIN; empty where it was not asked for
};
enum class PlanDetail : uint8_t { sql, plan };

struct ScanServicesFilter {
  std::optional<std::string> sensor{};  // whose job of that number; absent: any
  std::optional<bool> tls{};            // only those that speak TLS, or only those that do not
  std::optional<std::string> reason{};  // why there is no TLS: a word of tls::NoTlsReason
  int limit = 100;                      // 1 to 1000
  int64_t offset = 0;
};

// Reads only, in a read-only session with a time limit per statement; values travel as parameters.
// Connects at the first question and again after the server was away; show() takes two sessions,
// for most of its time the database waits for its disk. One thread.
class Queries {
 public:
  struct Options {
    DatabaseAddress address;
    std::chrono::milliseconds statement_timeout{10'000};
  };
  explicit Queries(Options options) : options_(std::move(options)) {}

  // What a query lists, in the columns of verb_sql(), at most `page.limit` rows.
  flowtable::OrError<QueryPage> list(const Query& query, const PageWanted& page);
  flowtable::OrError<QueryPlan> explain_list(const Query& query, const PageWanted& page,
                                             PlanDetail detail);

  // Everything about an address, network, digest, fingerprint, serial number, name or words, at
  // most `rows_max` rows of each kind. Of what the word may be (parse_terms) the first that is
  // known counts. Sections without rows are left out; none at all: nothing is known about it.
  flowtable::OrError<std::vector<QuerySection>> show(std::string_view word, int rows_max = 100);

  flowtable::OrError<std::vector<QueryPlan>> explain_show(std::string_view word, int rows_max,
                                                          PlanDetail detail);

  // Rules that give tags: id, tag, owner, network, port, name, issuer, created_at.
  flowtable::OrError<QuerySection> tag_rules();
  // name, contact, rules.
  flowtable::OrError<QuerySection> owners();

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
    size_t num_hidden = 0;  // so many last columns are not shown
    int rows_max = std::numeric_limits<int>::max();
  };
  [[nodiscard]] static std::vector<Question> questions_about(const QueryTerm& term, int rows_max);
  flowtable::OrError<QueryRows> rows_of(const Question& question);
  flowtable::OrError<QuerySection> ask(const Question& question);
  // In the order of the questions; two are under way at a time.
  std::vector<flowtable::OrError<QuerySection>> ask_all(const std::vector<Question>& questions);
  flowtable::OrError<QueryPlan> explain(const Question& question, PlanDetail detail);
  flowtable::OrError<void> connect();

  const Options options_;
  std::optional<DatabaseConnection> database_;
  std::unique_ptr<Queries> beside_;  // a second session, once there were several questions
};

}  // namespace control
