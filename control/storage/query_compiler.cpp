// SPDX-License-Identifier: Apache-2.0
#include "control/storage/query_compiler.hpp"

#include "control/storage/condition_sql.hpp"
#include "control/storage/verb_sql.hpp"

#include <algorithm>
#include <charconv>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;
using std::string_view;

SqlText shown(const VerbColumn& column) {
  SqlText out;
  switch (column.form) {
    case ColumnForm::time:
      out << "utc_text(" << column.expression << ")";
      break;
    case ColumnForm::hex:
      out << "encode(" << column.expression << ", 'hex')";
      break;
    case ColumnForm::address:
      out << "host(" << column.expression << ")";
      break;
    case ColumnForm::flag:
      out << "(" << column.expression << ")::text";
      break;
    case ColumnForm::text:
    case ColumnForm::number:
      out << column.expression;
      break;
  }
  return out << " AS " << column.key;
}

struct OrderType {
  SqlLiteral type;
  SqlLiteral last;  // stands for null, so that the order has none
};

OrderType order_type(ColumnForm form) {
  switch (form) {
    case ColumnForm::time:
      return {"timestamptz", "'infinity'::timestamptz"};
    case ColumnForm::number:
      return {"bigint", "9223372036854775807"};
    case ColumnForm::hex:
      return {"bytea", "''::bytea"};
    case ColumnForm::address:
      return {"inet", "'255.255.255.255'::inet"};
    case ColumnForm::flag:
      return {"boolean", "false"};
    case ColumnForm::text:
      break;
  }
  return {"text", "''"};
}

// Joins what is not empty.
SqlText joined(const std::vector<SqlText>& parts, SqlLiteral between) {
  SqlText out;
  for (const SqlText& part : parts) {
    if (part.empty()) continue;
    if (!out.empty()) out << between;
    out << part;
  }
  return out;
}

// %-escapes all but letters, digits and a few others.
std::string escaped(string_view text) {
  constexpr string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == ':' || c == '+';
    const auto byte = static_cast<unsigned char>(c);
    if (plain) {
      out += c;
    } else {
      out += {'%', kDigits[byte >> 4U], kDigits[byte & 0xfU]};
    }
  }
  return out;
}

std::optional<std::string> unescaped(string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned byte = 0;
    const string_view digits = text.substr(i + 1, 2);
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() != 2 || parsed.ptr != digits.data() + 2 || byte == 0) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

std::optional<std::vector<std::string>> place_of(string_view text) {
  std::vector<std::string> out;
  while (true) {
    const size_t end = std::min(text.find(','), text.size());
    const std::optional<std::string> part = unescaped(text.substr(0, end));
    if (!part) return std::nullopt;
    out.push_back(*part);
    if (end == text.size()) return out;
    text.remove_prefix(end + 1);
  }
}

class Compiler {
 public:
  Compiler(const Query& query, const PageWanted& page)
      : query_(query), page_(page), verb_(verb_sql(query.verb)), linked_(verb_.links.size()) {}

  OrError<CompiledQuery> compile() {
    if (OrError<void> order = choose_order(); !order) return Failure{order.error()};
    for (const QueryCondition& condition : query_.conditions)
      place_condition(condition);
    for (size_t i = 0; i < linked_.size(); ++i)
      inner_.push_back(through(verb_.links[i], joined(linked_[i], " AND ")));
    if (OrError<void> place = begin_behind(); !place) return Failure{place.error()};
    CompiledQuery out;
    out.limit = std::clamp(page_.limit, 1, kPageRowsMax);
    out.sql = statement(out.limit).text();
    out.parameters = parameters_.values();
    out.sort = sort_;
    out.num_hidden = order_.size();
    return out;
  }

 private:
  struct OrderPart {
    SqlText expression;
    SqlLiteral type;
  };

  OrError<void> choose_order() {
    const std::string own = (verb_.descending ? "-" : "") + std::string(verb_.order);
    sort_ = page_.sort.empty() ? own : page_.sort;
    descending_ = sort_.starts_with('-');
    const VerbColumn* const column = verb_.column(string_view(sort_).substr(descending_ ? 1 : 0));
    if (column == nullptr) {
      std::string known;
      for (const VerbColumn& each : verb_.columns)
        known += (known.empty() ? "" : ", ") + std::string(each.name());
      return Failure{Error{"sort: `" + sort_.substr(0, 64) + "` is no column of " +
                           std::string(name_of(query_.verb)) + "; columns are " + known}};
    }
    // What the first key says already needs no place of its own before it.
    const bool is_key =
        column->expression.text() == verb_.keys[0].expression.text() || column->name() == "name";
    if (!is_key) {
      const OrderType type = order_type(column->form);
      SqlText expression(column->expression);
      if (column->nullable) {
        expression = SqlText(SqlLiteral("coalesce("))
                     << column->expression << ", " << type.last << ")";
      }
      order_.push_back({std::move(expression), type.type});
    }
    for (const VerbKey& key : verb_.keys)
      order_.push_back({SqlText(key.expression), key.type});
    return {};
  }

  static SqlText through(const VerbLink& link, const SqlText& conditions) {
    if (conditions.empty()) return {};
    return SqlText(link.before) << conditions << link.after;
  }

  [[nodiscard]] const VerbLink* link_to(FieldHome home) const {
    for (const VerbLink& link : verb_.links)
      if (std::ranges::find(link.homes, home) != link.homes.end()) return &link;
    return nullptr;
  }

  // Where a condition belongs: among those of the rows, of the answer, or of what a link reaches.
  void place_condition(const QueryCondition& condition) {
    const QueryField& field = *condition.field;
    const bool answers = field.home == FieldHome::answer;
    const SqlLiteral expression = answers ? verb_.column(field.name)->expression : field.sql;
    ConditionSql sql = condition_sql(condition, expression, parameters_);
    const bool own = answers || std::ranges::find(verb_.own, field.home) != verb_.own.end();
    const VerbLink* const link = own ? nullptr : link_to(field.home);
    if (link != nullptr && field.home == FieldHome::certificate) {
      for (SqlText* const part : {&sql.fits, &sql.present})
        if (!part->empty()) *part = SqlText(link->with_certificate) << *part;
    }
    if (link != nullptr && !condition.negated && sql.present.empty()) {
      linked_[static_cast<size_t>(link - verb_.links.data())].push_back(sql.fits);
      return;
    }
    const auto reached = [&](const SqlText& part) {
      return link == nullptr ? part : through(*link, part);
    };
    // What is absent fits nothing: neither true nor unknown.
    SqlText absent;
    if (!sql.present.empty())
      absent = SqlText(SqlLiteral("(")) << reached(sql.present) << ") IS NOT TRUE";
    const SqlText any = joined({reached(sql.fits), absent}, " OR ");
    SqlText whole = SqlText(SqlLiteral("(")) << any << ")";
    if (condition.negated) whole << " IS NOT TRUE";
    (answers && !verb_.grouped.empty() ? outer_ : inner_).push_back(std::move(whole));
  }

  // Keyset, no offset: rows that come while somebody reads neither repeat nor hide others, and the
  // last page costs as much as the first.
  OrError<void> begin_behind() {
    if (page_.after.empty()) return {};
    const std::optional<std::vector<std::string>> place = place_of(page_.after);
    if (!place || place->size() != order_.size() + 1 || place->front() != sort_) {
      return Failure{Error{"after: `" + page_.after.substr(0, 64) +
                           "` is no place in this order; mend: the `next` of the page before, and "
                           "the same sort"}};
    }
    SqlText row(SqlLiteral("("));
    SqlText values(SqlLiteral("("));
    for (size_t i = 0; i < order_.size(); ++i) {
      if (i != 0) row << ", ";
      if (i != 0) values << ", ";
      row << order_[i].expression;
      values << parameters_.add((*place)[i + 1], order_[i].type);
    }
    row << (descending_ ? SqlLiteral(") < ") : SqlLiteral(") > ")) << values << ")";
    (verb_.grouped.empty() ? inner_ : outer_).push_back(std::move(row));
    return {};
  }

  SqlText statement(int limit) {
    SqlText out(SqlLiteral("SELECT "));
    for (const VerbColumn& column : verb_.columns)
      out << shown(column) << ", ";
    for (size_t i = 0; i < order_.size(); ++i)
      out << (i == 0 ? SqlLiteral("(") : SqlLiteral(", (")) << order_[i].expression << ")::text";
    out << " FROM " << verb_.from << " WHERE " << verb_.where;
    for (const SqlText& condition : inner_)
      if (!condition.empty()) out << " AND " << condition;
    out << verb_.grouped;
    if (!outer_.empty()) out << " WHERE " << joined(outer_, " AND ");
    out << " ORDER BY ";
    for (size_t i = 0; i < order_.size(); ++i) {
      out << (i == 0 ? SqlLiteral("") : SqlLiteral(", ")) << order_[i].expression
          << (descending_ ? SqlLiteral(" DESC") : SqlLiteral(""));
    }
    return out << " LIMIT " << parameters_.add(std::to_string(limit + 1), "bigint");
  }

  const Query& query_;
  const PageWanted& page_;
  const VerbSql& verb_;
  SqlParameters parameters_;
  std::string sort_;
  bool descending_ = false;
  std::vector<OrderPart> order_;
  std::vector<SqlText> inner_;                // of the rows
  std::vector<SqlText> outer_;                // of what a list sums up to
  std::vector<std::vector<SqlText>> linked_;  // of one thing behind each link
};

}  // namespace

OrError<CompiledQuery> compile_query(const Query& query, const PageWanted& page) {
  return Compiler(query, page).compile();
}

std::string place_text(const CompiledQuery& compiled, const std::vector<std::string>& row) {
  std::string out = escaped(compiled.sort);
  for (size_t i = row.size() - compiled.num_hidden; i < row.size(); ++i)
    out += "," + escaped(row[i]);
  return out;
}

}  // namespace control
