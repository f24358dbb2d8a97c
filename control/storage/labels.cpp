// SPDX-License-Identifier: Apache-2.0
#include "control/storage/labels.hpp"

#include "control/query/query_value.hpp"
#include "control/storage/stored_text.hpp"

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

// Tags and owners are asked for by words in lower case.
std::string label(const std::string& text) {
  return indexed_text(lower_case(text));
}

std::optional<std::string> labelled(const std::optional<std::string>& text) {
  return text ? std::optional(label(*text)) : std::nullopt;
}

OrError<void> check(const TagRule& rule) {
  if (rule.tag.empty()) return Failure{Error{"a tag has a name"}};
  if (!rule.network && !rule.port && !rule.name_suffix && !rule.issuer) {
    return Failure{
        Error{"a rule without a condition would tag everything; mend: a network, a port, "
              "a name or an issuer"}};
  }
  if (rule.network && !is_address(*rule.network) && !is_network(*rule.network))
    return Failure{Error{"`" + *rule.network + "` is no IP address and no network"}};
  return {};
}

}  // namespace

OrError<QueryRows> Labels::run(const std::string& sql,
                               const DatabaseConnection::Parameters& parameters) {
  DatabaseConnection::Options options;
  options.application_name = "tapseal labels";
  options.settings = {{"statement_timeout", "10000ms"}};
  auto database = DatabaseConnection::open(address_, options);
  if (!database) return Failure{Error{"the database does not answer: " + database.error().message}};
  auto rows = database.value().query(sql, parameters);
  if (!rows) return Failure{Error{"the database: " + rows.error().message}};
  return std::move(rows).value();
}

OrError<int64_t> Labels::add(const TagRule& rule) {
  if (OrError<void> good = check(rule); !good) return Failure{good.error()};
  std::optional<std::string> suffix = labelled(rule.name_suffix);
  if (suffix && suffix->starts_with("*.")) suffix->erase(0, 2);
  const std::optional<std::string> port =
      rule.port ? std::optional(std::to_string(*rule.port)) : std::nullopt;
  const std::optional<std::string> issuer =
      rule.issuer ? std::optional(stored_text(*rule.issuer)) : std::nullopt;
  const auto rows = run(
      "WITH known AS (INSERT INTO owner (name) SELECT $2::text WHERE $2::text IS NOT NULL"
      " ON CONFLICT DO NOTHING) INSERT INTO tag_rule (tag, owner, network, port, name_suffix, "
      "issuer)"
      " VALUES ($1::text, $2::text, network($3::inet), $4::int, $5::text, $6::text) RETURNING id",
      {label(rule.tag), labelled(rule.owner), rule.network, port, suffix, issuer});
  if (!rows) return Failure{rows.error()};
  return std::stoll(std::string(rows.value().text(0, 0)));
}

OrError<bool> Labels::remove_rule(int64_t id) {
  const auto rows = run("DELETE FROM tag_rule WHERE id = $1::bigint", {std::to_string(id)});
  if (!rows) return Failure{rows.error()};
  return rows.value().num_affected() > 0;
}

OrError<void> Labels::set_owner(const std::string& name, const std::string& contact) {
  if (name.empty()) return Failure{Error{"an owner has a name"}};
  const auto rows =
      run("INSERT INTO owner (name, contact) VALUES ($1::text, $2::text)"
          " ON CONFLICT (name) DO UPDATE SET contact = excluded.contact",
          {label(name), stored_text(contact)});
  if (!rows) return Failure{rows.error()};
  return {};
}

OrError<bool> Labels::remove_owner(const std::string& name) {
  const auto rows =
      run("WITH freed AS (UPDATE tag_rule SET owner = NULL WHERE owner = $1::text)"
          " DELETE FROM owner WHERE name = $1::text",
          {label(name)});
  if (!rows) return Failure{rows.error()};
  return rows.value().num_affected() > 0;
}

}  // namespace control
