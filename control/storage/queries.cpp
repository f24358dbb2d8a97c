// SPDX-License-Identifier: Apache-2.0
#include "control/storage/queries.hpp"

#include "control/query/query_parser.hpp"
#include "control/storage/link_query_sql.hpp"
#include "control/storage/query_sql.hpp"
#include "control/storage/scan_query_sql.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <future>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

// Of each section that show() answers with.
constexpr int kShownRowsMax = 1000;

}  // namespace

OrError<void> Queries::connect() {
  if (database_ && database_->is_alive()) return {};
  database_.reset();
  DatabaseConnection::Options options;
  options.application_name = "tapseal reader";
  options.settings = {
      {"statement_timeout", std::to_string(options_.statement_timeout.count()) + "ms"},
      // The memory lies on flash: a page from anywhere costs hardly more than the next one, and
      // many at once hardly more than one.
      {"random_page_cost", "1.1"},
      {"effective_io_concurrency", "200"},
      {"default_transaction_read_only", "on"}};
  auto opened = DatabaseConnection::open(options_.address, options);
  if (!opened) return Failure{Error{"the database does not answer: " + opened.error().message}};
  database_.emplace(std::move(opened).value());
  return {};
}

OrError<QueryRows> Queries::rows_of(const Question& question) {
  // A server that was restarted since the last question shows only at the next one: ask twice.
  for (int round = 0;; ++round) {
    if (OrError<void> ready = connect(); !ready) return Failure{ready.error()};
    auto answer = database_->query(question.sql, question.parameters);
    if (!answer) {
      const DatabaseError& error = answer.error();
      const bool lost = error.sqlstate.empty() || error.sqlstate.starts_with("57P");
      if (lost) database_.reset();
      if (lost && round == 0) continue;
      // 57014: query_canceled, here by statement_timeout.
      return Failure{Error{error.sqlstate == "57014"
                               ? "the question took longer than " +
                                     std::to_string(options_.statement_timeout.count()) +
                                     " ms: ask for less (a smaller network, a digest)"
                               : "the database: " + error.message}};
    }
    return std::move(answer).value();
  }
}

OrError<QuerySection> Queries::ask(const Question& question) {
  const OrError<QueryRows> answer = rows_of(question);
  if (!answer) return Failure{answer.error()};
  const QueryRows& rows = answer.value();
  QuerySection section{std::string(question.heading), {}, {}};
  const int num_columns = rows.num_columns() - static_cast<int>(question.num_hidden);
  for (int column = 0; column < num_columns; ++column)
    section.columns.emplace_back(rows.column_name(column));
  const int num_rows = std::min(rows.num_rows(), question.rows_max);
  for (int row = 0; row < num_rows; ++row) {
    auto& fields = section.rows.emplace_back();
    for (int column = 0; column < num_columns; ++column)
      fields.emplace_back(rows.text(row, column));
  }
  return section;
}

std::vector<OrError<QuerySection>> Queries::ask_all(const std::vector<Question>& questions) {
  std::vector<OrError<QuerySection>> answers(
      questions.size(), OrError<QuerySection>(Failure{Error{"was not asked"}}));
  std::atomic<int64_t> left = static_cast<int64_t>(questions.size());
  const auto is_one_left = [&] { return left.fetch_sub(1) > 0; };
  std::future<void> from_behind;
  if (questions.size() > 1) {
    if (beside_ == nullptr) beside_ = std::make_unique<Queries>(options_);
    from_behind = std::async(std::launch::async, [&] {
      // Where the server has no second session to give, one asks all.
      if (!beside_->connect()) return;
      for (size_t i = questions.size(); is_one_left(); --i)
        answers[i - 1] = beside_->ask(questions[i - 1]);
    });
  }
  for (size_t i = 0; is_one_left(); ++i)
    answers[i] = ask(questions[i]);
  if (from_behind.valid()) from_behind.get();
  return answers;
}

OrError<QueryPlan> Queries::explain(const Question& question, PlanDetail detail) {
  QueryPlan out{std::string(question.heading), question.sql, {}, {}};
  for (const auto& value : question.parameters)
    out.parameters.push_back(value.value_or("NULL"));
  if (detail == PlanDetail::sql) return out;
  const OrError<QueryRows> plan =
      rows_of({question.heading, "EXPLAIN " + question.sql, question.parameters});
  if (!plan) return Failure{plan.error()};
  for (int row = 0; row < plan.value().num_rows(); ++row)
    out.plan += std::string(plan.value().text(row, 0)) + "\n";
  return out;
}

OrError<QueryPage> Queries::list(const Query& query, const PageWanted& page) {
  const OrError<CompiledQuery> compiled = compile_query(query, page);
  if (!compiled) return Failure{compiled.error()};
  const CompiledQuery& question = compiled.value();
  OrError<QuerySection> answer = ask({name_of(query.verb), question.sql, question.parameters});
  if (!answer) return Failure{answer.error()};
  QueryPage out{std::move(answer).value()};
  std::vector<std::vector<std::string>>& rows = out.section.rows;
  if (rows.size() > static_cast<size_t>(question.limit)) {
    rows.pop_back();
    out.next = place_text(question, rows.back());
  }
  out.section.columns.resize(out.section.columns.size() - question.num_hidden);
  for (std::vector<std::string>& row : rows)
    row.resize(out.section.columns.size());
  return out;
}

OrError<QueryPlan> Queries::explain_list(const Query& query, const PageWanted& page,
                                         PlanDetail detail) {
  const OrError<CompiledQuery> compiled = compile_query(query, page);
  if (!compiled) return Failure{compiled.error()};
  return explain({name_of(query.verb), compiled.value().sql, compiled.value().parameters}, detail);
}

OrError<QuerySection> Queries::tag_rules() {
  return ask({"tags",
              "SELECT t.id, t.tag, t.owner, t.network::text AS network, t.port, t.name_suffix AS"
              " name, t.issuer, utc_text(t.created_at) AS created_at FROM tag_rule t"
              " ORDER BY t.tag, t.id",
              {}});
}

OrError<QuerySection> Queries::owners() {
  return ask({"owners",
              "SELECT o.name, o.contact, (SELECT count(*) FROM tag_rule t WHERE t.owner = o.name)"
              " AS rules FROM owner o ORDER BY o.name",
              {}});
}

OrError<QuerySection> Queries::scans(int limit) {
  return ask({"scans", scans_sql(), {std::to_string(std::clamp(limit, 1, 1000))}});
}

OrError<QuerySection> Queries::scan_services(uint32_t scan, const ScanServicesFilter& filter) {
  std::optional<std::string> tls;
  if (filter.tls) tls = *filter.tls ? "true" : "false";
  return ask(
      {"scanned services",
       scan_services_sql(),
       {std::to_string(scan), std::to_string(std::clamp(filter.limit, 1, 1000)), filter.sensor, tls,
        filter.reason, std::to_string(std::max<int64_t>(filter.offset, 0))}});
}

std::vector<Queries::Question> Queries::questions_about(const QueryTerm& term, int rows_max) {
  const int most = std::clamp(rows_max, 1, kShownRowsMax);
  std::vector<Question> out;
  const auto add_list = [&](std::string_view heading, QueryVerb verb, const std::string& text) {
    if (text.empty()) return;
    const auto query = parse_query(verb, text);
    const auto compiled = query.ok() ? compile_query(query.value(), {.limit = most})
                                     : OrError<CompiledQuery>(Failure{query.error()});
    if (!compiled.ok()) return;
    // The place of each row in the order, and the row that says there are more, are for pages only.
    out.push_back({heading, compiled.value().sql, compiled.value().parameters,
                   compiled.value().num_hidden, most});
  };
  const auto add_all = [&](const std::vector<ShowQuestion>& questions) {
    for (const ShowQuestion& question : questions)
      out.push_back({question.heading, question.sql, {term.value, std::to_string(most)}});
  };
  add_list("services", QueryVerb::hosts, hosts_query(term));
  add_all(show_questions(term.kind));
  add_all(link_questions(term.kind));
  add_list("changes", QueryVerb::changes, changes_query(term));
  return out;
}

OrError<std::vector<QuerySection>> Queries::show(std::string_view word, int rows_max) {
  std::vector<QuerySection> sections;
  for (const QueryTerm& term : parse_terms(word)) {
    for (OrError<QuerySection>& section : ask_all(questions_about(term, rows_max))) {
      if (!section) return Failure{section.error()};
      if (!section.value().rows.empty()) sections.push_back(std::move(section).value());
    }
    if (!sections.empty()) break;
  }
  return sections;
}

OrError<std::vector<QueryPlan>> Queries::explain_show(std::string_view word, int rows_max,
                                                      PlanDetail detail) {
  std::vector<QueryPlan> plans;
  for (const QueryTerm& term : parse_terms(word)) {
    for (const Question& question : questions_about(term, rows_max)) {
      OrError<QueryPlan> plan = explain(question, detail);
      if (!plan) return Failure{plan.error()};
      plans.push_back(std::move(plan).value());
    }
  }
  return plans;
}

}  // namespace control
