// SPDX-License-Identifier: Apache-2.0
// `tapseal certs` and `tapseal show`: questions to the memory.
#include "control/daemon/commands.hpp"
#include "control/query/query_parser.hpp"

namespace control {
namespace {

constexpr std::string_view kNoMemory =
    "this daemon keeps no memory: set `storage.database` to embedded or to a postgresql:// address";

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

// The options of `certs` are short for what the grammar says.
std::string certs_query(const Request& request) {
  std::string out;
  if (const auto seconds = request.number("expiring"))
    out += " not_after:now.." + std::to_string(*seconds) + "s";
  if (request.flag("expired")) out += " not_after<now";
  if (const auto name = request.text("name")) out += " name:" + quoted(*name);
  if (const auto issuer = request.text("issuer")) out += " issuer:" + quoted(*issuer);
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

void Commands::certs(const Request& request, Reply& reply) {
  Queries* const queries = queries_for(reply);
  if (queries == nullptr) return;
  const auto query = parse_query(QueryVerb::certs, certs_query(request));
  if (!query) return reply.fail(ErrorCode::bad_argument, query.error().message);
  PageWanted page;
  page.limit = static_cast<int>(request.number("limit").value_or(100));
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
}

void Commands::show(const Request& request, Reply& reply) {
  Queries* const queries = queries_for(reply);
  if (queries == nullptr) return;
  const std::string thing = request.text("thing").value_or("");
  const int limit = static_cast<int>(request.number("limit").value_or(100));
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
