// SPDX-License-Identifier: Apache-2.0
// `tapseal certs` and `tapseal show`: questions to the memory.
#include "control/daemon/commands.hpp"
#include "control/query/query_parser.hpp"

namespace control {
namespace {

constexpr std::string_view kNoMemory =
    "this daemon keeps no memory: set `storage.database` to embedded or to a postgresql:// "
    "address; "
    "of a sensor on a bus, ask the writer's daemon";

// Numbers travel as numbers, absent values as null.
Json value_of(const ColumnSpec* column, const std::string& text) {
  if (text.empty()) return nullptr;
  if (column == nullptr) return text;
  if (column->kind == ColumnKind::count || column->kind == ColumnKind::duration) {
    return Json::parse(text, nullptr, false);
  }
  return text;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

// What was asked for; the options of `certs` are short for what the grammar says.
std::string query_text(const Request& request) {
  const std::vector<std::string> words = request.texts("query");
  std::string out = query_of_words(words);
  // All that ever changed would have to be sorted to show the latest hundred.
  if (words.empty() && request.command().name == name_of(QueryVerb::changes))
    return "first_seen:-7d";
  if (request.command().name != name_of(QueryVerb::certs)) return out;
  if (const auto seconds = request.number("expiring"))
    out += " not_after:now.." + std::to_string(*seconds) + "s";
  if (request.flag("expired")) out += " not_after<now";
  if (const auto name = request.text("name")) out += " name:" + quoted(*name);
  if (const auto issuer = request.text("issuer")) out += " issuer:" + quoted(*issuer);
  return out;
}

// Null: it is the rows that are asked for.
std::optional<PlanDetail> plan_asked(const Request& request) {
  if (request.flag("plan")) return PlanDetail::plan;
  if (request.flag("show-sql")) return PlanDetail::sql;
  return std::nullopt;
}

Json values_of(const QueryPlan& plan) {
  Json out{{"sql", plan.sql}, {"parameters", plan.parameters}};
  if (!plan.plan.empty()) out["plan"] = plan.plan;
  return out;
}

}  // namespace

Queries* Commands::queries_for(Reply& reply) {
  if (draining_) {
    reply.fail(ErrorCode::unavailable, "the daemon is draining and has let go of its memory");
    return nullptr;
  }
  Queries* const queries = engine_.memory().queries();
  if (queries == nullptr) reply.fail(ErrorCode::unavailable, std::string(kNoMemory));
  return queries;
}

void Commands::list(const Request& request, Reply& reply) {
  Queries* const queries = queries_for(reply);
  const std::optional<QueryVerb> verb = query_verb_named(request.command().name);
  if (queries == nullptr || !verb) return;
  const auto query = parse_query(*verb, query_text(request));
  if (!query) return reply.fail(ErrorCode::bad_argument, query.error().message);
  PageWanted page;
  page.sort = request.text("sort").value_or("");
  page.after = request.text("after").value_or("");
  page.limit = static_cast<int>(request.number("limit").value_or(100));
  // Before the database is asked: what is wrong here is the caller's.
  const auto compiled = compile_query(query.value(), page);
  if (!compiled) return reply.fail(ErrorCode::bad_argument, compiled.error().message);
  if (const std::optional<PlanDetail> detail = plan_asked(request)) {
    const auto plan = queries->explain_list(query.value(), page, *detail);
    if (!plan) return reply.fail(ErrorCode::failed, plan.error().message);
    for (const auto& [name, value] : values_of(plan.value()).items())
      reply.field(name, value);
    return;
  }
  const auto answer = queries->list(query.value(), page);
  if (!answer) return reply.fail(ErrorCode::failed, answer.error().message);
  const QuerySection& section = answer.value().section;
  for (const std::vector<std::string>& fields : section.rows) {
    Json row;
    for (size_t i = 0; i < fields.size(); ++i) {
      const ColumnSpec* column = find_column(request.command().columns, section.columns[i]);
      row[section.columns[i]] = value_of(column, fields[i]);
    }
    if (!reply.row(row)) return;
  }
  if (!answer.value().next.empty()) reply.field("next", answer.value().next);
}

void Commands::show(const Request& request, Reply& reply) {
  Queries* const queries = queries_for(reply);
  if (queries == nullptr) return;
  const std::string thing = request.text("thing").value_or("");
  const int limit = static_cast<int>(request.number("limit").value_or(100));
  if (const std::optional<PlanDetail> detail = plan_asked(request)) {
    const auto plans = queries->explain_show(thing, limit, *detail);
    if (!plans) return reply.fail(ErrorCode::failed, plans.error().message);
    for (const QueryPlan& plan : plans.value())
      if (!reply.row({{"section", plan.heading}, {"values", values_of(plan)}})) return;
    return;
  }
  const auto answer = queries->show(thing, limit);
  if (!answer) return reply.fail(ErrorCode::failed, answer.error().message);
  if (answer.value().empty()) {
    return reply.fail(ErrorCode::failed, "nothing is known of " + thing);
  }
  for (const QuerySection& section : answer.value()) {
    for (const std::vector<std::string>& fields : section.rows) {
      Json values = Json::object();
      for (size_t i = 0; i < fields.size(); ++i) {
        if (!fields[i].empty()) values[section.columns[i]] = fields[i];
      }
      if (!reply.row({{"section", section.heading}, {"values", values}})) return;
    }
  }
}

}  // namespace control
