// SPDX-License-Identifier: Apache-2.0
#include "control/storage/condition_sql.hpp"

#include "control/query/query_value.hpp"
#include "control/storage/stored_text.hpp"

#include <algorithm>

namespace control {
namespace {

using std::string_view;

// `text` backwards by characters, as Postgres' reverse() does. Valid UTF-8 only.
std::string reversed(string_view text) {
  std::string out;
  for (size_t end = text.size(); end > 0;) {
    size_t begin = end - 1;
    while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xc0U) == 0x80U)
      --begin;
    out += text.substr(begin, end - begin);
    end = begin;
  }
  return out;
}

// What LIKE takes: * stands for any characters, everything else for itself.
std::string like_pattern(string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '%' || c == '_') out += '\\';
    out += c == '*' ? '%' : c;
  }
  return out;
}

bool has_wildcard(string_view text) {
  return text.find('*') != string_view::npos;
}

std::string seconds_text(int64_t seconds) {
  return std::to_string(seconds) + " seconds";
}

// Conditions on one expression.
class ConditionWriter {
 public:
  ConditionWriter(const QueryCondition& condition, SqlLiteral expression, SqlParameters& parameters)
      : condition_(condition),
        form_(condition.field->form),
        expression_(expression),
        parameters_(parameters) {}

  SqlText value(const QueryValue& value) {
    switch (form_) {
      case FieldForm::words:
        return words(value.low.text);
      case FieldForm::text:
        return filled(stored_text(value.low.text));
      case FieldForm::name:
        return name(indexed_text(value.low.text));
      case FieldForm::word:
        return word(stored_text(value.low.text));
      case FieldForm::number:
      case FieldForm::span:
        return ordered(value);
      case FieldForm::time:
        return moment(value);
      case FieldForm::network:
        return network(value.low.text);
      case FieldForm::digest:
        return digest(value.low.text);
      case FieldForm::flag:
        return SqlText(value.low.text == "yes" ? SqlLiteral("") : SqlLiteral("NOT "))
               << expression_;
    }
    return {};
  }

  SqlText present() {
    const bool text = form_ == FieldForm::words || form_ == FieldForm::text ||
                      form_ == FieldForm::name || form_ == FieldForm::word ||
                      form_ == FieldForm::digest;
    return SqlText(expression_) << (text ? SqlLiteral(" <> ''") : SqlLiteral(" IS NOT NULL"));
  }

 private:
  SqlText parameter(std::string value, SqlLiteral type = "text") {
    return parameters_.add(std::move(value), type);
  }

  SqlText compare(SqlLiteral how, const SqlText& to) { return SqlText(expression_) << how << to; }

  SqlText words(const std::string& text) {
    const SqlText given = parameter(stored_text(text));
    if (condition_.op == QueryOperator::equal) return compare(" = ", given);
    return SqlText(SqlLiteral("words_of(")) << expression_ << ") @@ phrase_of(" << given << ")";
  }

  // The field's SQL with the value wherever it says $.
  SqlText filled(std::string text) {
    const SqlText given = parameter(std::move(text));
    return fill(expression_, given);
  }

  static SqlText fill(SqlLiteral form, const SqlText& given) {
    SqlText out;
    SqlLiteral rest = form;
    for (auto cut = rest.cut('$'); cut.found; cut = rest.cut('$')) {
      out << cut.before << given;
      rest = cut.behind;
    }
    return out << rest;
  }

  SqlText name(const std::string& text) {
    const bool exact = condition_.op == QueryOperator::equal;
    if (!exact && has_wildcard(text))
      return compare(" LIKE ", parameter(like_pattern(reversed(text))));
    const SqlText given = parameter(reversed(text));
    const size_t dot = text.find('.');
    if (exact || dot == std::string::npos) return compare(" = ", given);
    // RFC 6125 section 6.4.3: a wildcard stands for one label, the first.
    const SqlText covering = parameter(reversed("*" + text.substr(dot)));
    return SqlText(expression_) << " IN (" << given << ", " << covering << ")";
  }

  SqlText word(const std::string& text) {
    if (condition_.op == QueryOperator::fits && has_wildcard(text))
      return compare(" LIKE ", parameter(like_pattern(text)));
    return compare(" = ", parameter(text));
  }

  SqlText scalar(const QueryScalar& value) {
    if (form_ == FieldForm::span) return parameter(seconds_text(value.number), "interval");
    return parameter(std::to_string(value.number), "bigint");
  }

  SqlText ordered(const QueryValue& value) {
    if (value.kind == ValueKind::range) {
      SqlText out;
      if (value.has_low) out << compare(" >= ", scalar(value.low));
      if (value.has_low && value.has_high) out << " AND ";
      if (value.has_high) out << compare(" <= ", scalar(value.high));
      return out;
    }
    return compare(sign(), scalar(value.low));
  }

  [[nodiscard]] SqlLiteral sign() const {
    switch (condition_.op) {
      case QueryOperator::less:
        return " < ";
      case QueryOperator::at_most:
        return " <= ";
      case QueryOperator::greater:
        return " > ";
      case QueryOperator::at_least:
        return " >= ";
      case QueryOperator::fits:
      case QueryOperator::equal:
        break;
    }
    return " = ";
  }

  SqlText from_now(int64_t seconds) {
    return SqlText(SqlLiteral("now() + ")) << parameter(seconds_text(seconds), "interval");
  }
  // The first moment of what was written, and what is not part of it any more.
  SqlText begins(const QueryScalar& time) {
    return time.from_now ? from_now(time.number) : parameter(time.text, "timestamptz");
  }
  SqlText up_to(const QueryScalar& time) {
    if (time.from_now) return compare(" <= ", from_now(time.number));
    return compare(" < ", parameter(time.end, "timestamptz"));
  }
  SqlText from_on(const QueryScalar& time) { return compare(" >= ", begins(time)); }

  SqlText moment(const QueryValue& value) {
    const QueryScalar& time = value.low;
    if (value.kind == ValueKind::range) {
      SqlText out;
      if (value.has_low) out << from_on(value.low);
      if (value.has_low && value.has_high) out << " AND ";
      if (value.has_high) out << up_to(value.high);
      return out;
    }
    switch (condition_.op) {
      case QueryOperator::less:
        return compare(" < ", begins(time));
      case QueryOperator::at_most:
        return up_to(time);
      case QueryOperator::greater:
        if (time.from_now) return compare(" > ", from_now(time.number));
        return compare(" >= ", parameter(time.end, "timestamptz"));
      case QueryOperator::at_least:
        return from_on(time);
      case QueryOperator::fits:
      case QueryOperator::equal:
        break;
    }
    // Of a time from now: between now and then.
    if (!time.from_now) return from_on(time) << " AND " << up_to(time);
    const QueryScalar now{.text = {}, .end = {}, .number = 0, .from_now = true};
    const bool ahead = time.number >= 0;
    return from_on(ahead ? now : time) << " AND " << up_to(ahead ? time : now);
  }

  SqlText network(const std::string& text) {
    const SqlText given = parameter(text, "inet");
    if (is_address(text)) return compare(" = ", given);
    // network(): bits behind the prefix may be set in what a person writes.
    return SqlText(expression_) << " <<= network(" << given << ")";
  }

  SqlText bytes(std::string digits) {
    return SqlText(SqlLiteral("decode(")) << parameter(std::move(digits)) << ", 'hex')";
  }

  SqlText digest(const std::string& digits) {
    const size_t whole = condition_.field->details.digits;
    if (digits.size() >= whole) return compare(" = ", bytes(digits));
    const std::string rest(whole - digits.size(), '0');
    const std::string filled_up(whole - digits.size(), 'f');
    return compare(" BETWEEN ", bytes(digits + rest)) << " AND " << bytes(digits + filled_up);
  }

  const QueryCondition& condition_;
  FieldForm form_;
  SqlLiteral expression_;
  SqlParameters& parameters_;
};

// Whether one of the values is there. Empty where all that is asked for is absence.
SqlText any_of(const QueryCondition& condition, SqlLiteral expression, SqlParameters& parameters) {
  ConditionWriter writer(condition, expression, parameters);
  SqlText any;
  for (const QueryValue& value : condition.values) {
    if (value.kind == ValueKind::absent) continue;
    if (!any.empty()) any << " OR ";
    any << writer.value(value);
  }
  return any;
}

bool asks_for_absence(const QueryCondition& condition) {
  return std::ranges::any_of(
      condition.values, [](const QueryValue& value) { return value.kind == ValueKind::absent; });
}

}  // namespace

ConditionSql condition_sql(const QueryCondition& condition, SqlLiteral expression,
                           SqlParameters& parameters) {
  const FieldDetails& details = condition.field->details;
  ConditionSql out;
  if (asks_for_absence(condition)) {
    ConditionWriter writer(condition, expression, parameters);
    out.present = SqlText(details.before) << writer.present() << details.after;
  }
  const bool is_paged = !details.paged.text().empty();
  const SqlText any = any_of(condition, is_paged ? details.paged : expression, parameters);
  if (any.empty()) return out;
  out.fits = SqlText(details.before);
  // Asked of both, the database would take them for two conditions that have nothing to do with
  // each other, expect few rows, and read all that fit for the sake of one page.
  if (is_paged) out.fits << expression << " IS NOT NULL AND ";
  out.fits << "(" << any << ")" << details.after;
  return out;
}

}  // namespace control
