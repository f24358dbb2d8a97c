// SPDX-License-Identifier: Apache-2.0
// Tags and owners: `tapseal tag`, `untag`, `tags`, `owner`, `owners`.
#include "control/daemon/commands.hpp"

namespace control {
namespace {

void send_rows(const Request& request, const QuerySection& section, Reply& reply) {
  for (const std::vector<std::string>& fields : section.rows) {
    Json row = Json::object();
    for (size_t i = 0; i < fields.size(); ++i) {
      const ColumnSpec* const column = find_column(request.command().columns, section.columns[i]);
      const bool number = column != nullptr && column->kind == ColumnKind::count;
      if (fields[i].empty())
        row[section.columns[i]] = nullptr;
      else
        row[section.columns[i]] = number ? Json::parse(fields[i], nullptr, false) : Json(fields[i]);
    }
    if (!reply.row(row)) return;
  }
}

}  // namespace

Labels* Commands::labels_for(Reply& reply) {
  if (queries_for(reply) == nullptr) return nullptr;
  return engine_.memory().labels();
}

void Commands::tag(const Request& request, Reply& reply) {
  Labels* const labels = labels_for(reply);
  if (labels == nullptr) return;
  const auto added = labels->add({.tag = request.text("tag").value_or(""),
                                  .owner = request.text("owner"),
                                  .network = request.text("network"),
                                  .port = request.number("port"),
                                  .name_suffix = request.text("name"),
                                  .issuer = request.text("issuer")});
  if (!added) return reply.fail(ErrorCode::bad_argument, added.error().message);
  reply.field("id", added.value());
}

void Commands::untag(const Request& request, Reply& reply) {
  Labels* const labels = labels_for(reply);
  if (labels == nullptr) return;
  const int64_t id = request.number("id").value_or(0);
  const auto removed = labels->remove_rule(id);
  if (!removed) return reply.fail(ErrorCode::failed, removed.error().message);
  if (!removed.value())
    return reply.fail(ErrorCode::failed, "there is no rule " + std::to_string(id) +
                                             "; `tapseal tags` has their numbers");
  reply.field("removed", "rule " + std::to_string(id));
}

void Commands::tags(const Request& request, Reply& reply) {
  Queries* const queries = queries_for(reply);
  if (queries == nullptr) return;
  const auto answer = queries->tag_rules();
  if (!answer) return reply.fail(ErrorCode::failed, answer.error().message);
  send_rows(request, answer.value(), reply);
}

void Commands::owner(const Request& request, Reply& reply) {
  Labels* const labels = labels_for(reply);
  if (labels == nullptr) return;
  const std::string name = request.text("name").value_or("");
  if (request.flag("remove")) {
    const auto removed = labels->remove_owner(name);
    if (!removed) return reply.fail(ErrorCode::failed, removed.error().message);
    if (!removed.value())
      return reply.fail(ErrorCode::failed,
                        "there is no owner " + name + "; `tapseal owners` has their names");
    return reply.field("removed", "owner " + name);
  }
  const auto set = labels->set_owner(name, request.text("contact").value_or(""));
  if (!set) return reply.fail(ErrorCode::bad_argument, set.error().message);
  reply.field("name", name);
}

void Commands::owners(const Request& request, Reply& reply) {
  Queries* const queries = queries_for(reply);
  if (queries == nullptr) return;
  const auto answer = queries->owners();
  if (!answer) return reply.fail(ErrorCode::failed, answer.error().message);
  send_rows(request, answer.value(), reply);
}

}  // namespace control
