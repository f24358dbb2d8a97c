// SPDX-License-Identifier: Apache-2.0
#include "control/query/query_parser.hpp"

#include "control/config/nearest_name.hpp"
#include "control/query/query_scanner.hpp"
#include "control/query/query_value.hpp"

#include <algorithm>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;
using std::string_view;

// What a value may be taken for where it is quoted in a message.
std::string quoted(string_view text) {
  constexpr size_t kShownMax = 64;
  return "`" + std::string(text.substr(0, kShownMax)) + (text.size() > kShownMax ? "…`" : "`");
}

class QueryParser {
 public:
  QueryParser(QueryVerb verb, string_view text) : scanner_(text) { query_.verb = verb; }

  OrError<Query> parse() {
    while (!scanner_.at_end()) {
      if (query_.conditions.size() == kQueryConditionsMax)
        return wrong(scanner_.at(), "more than " + std::to_string(kQueryConditionsMax) + " terms");
      if (OrError<void> term = read_term(); !term) return Failure{term.error()};
    }
    return std::move(query_);
  }

 private:
  Failure<Error> wrong(size_t at, const std::string& what) const {
    return Failure{Error{"query, column " + std::to_string(scanner_.column_of(at)) + ": " + what}};
  }

  OrError<void> read_term() {
    QueryCondition condition;
    const size_t start = scanner_.at();
    condition.negated = scanner_.take("-");
    // fe80::1 looks like a field and its value, and is an address.
    QueryScanner ahead = scanner_;
    if (is_place(ahead.take_word().text)) return read_bare(std::move(condition), start);
    const std::optional<QueryPiece> name = scanner_.take_field();
    if (!name) return read_bare(std::move(condition), start);
    condition.field = find_query_field(query_.verb, name->text);
    if (condition.field == nullptr || name->text == kBareField) return unknown_field(*name);
    const size_t at = scanner_.at();
    condition.op = scanner_.take_operator().value_or(QueryOperator::fits);
    if (is_comparison(condition.op) && !is_ordered(condition.field->form)) {
      return wrong(
          at, "a comparison has no meaning for " + name->text + "; " + example(*condition.field));
    }
    if (OrError<void> values = read_values(condition); !values) return values;
    query_.conditions.push_back(std::move(condition));
    return {};
  }

  OrError<void> read_bare(QueryCondition condition, size_t start) {
    const QueryPiece word = scanner_.take_word();
    if (!word.closed) return wrong(word.at, "the quote is not closed; mend: another \" behind it");
    if (word.text.empty())
      return wrong(start, "found `-` alone; mend: what is not wanted behind it");
    string_view name = kBareField;
    if (!word.quoted && is_place(word.text)) name = "server";
    if (!word.quoted && word.text.find('*') != std::string::npos) name = "name";
    condition.field = find_query_field(query_.verb, name);
    if (condition.field == nullptr) condition.field = find_query_field(query_.verb, kBareField);
    const std::optional<QueryScalar> value = read_scalar(*condition.field, word.text);
    if (!value) return wrong(word.at, "found " + quoted(word.text));
    condition.values.emplace_back().low = *value;
    query_.conditions.push_back(std::move(condition));
    return {};
  }

  OrError<void> unknown_field(const QueryPiece& name) const {
    std::vector<string_view> names;
    std::string known;
    for (const QueryField* field : query_fields_of(query_.verb)) {
      if (field->name == kBareField) continue;
      names.push_back(field->name);
      known += (known.empty() ? "" : ", ") + std::string(field->name);
    }
    const string_view nearest = nearest_name(name.text, names);
    const std::string mend =
        nearest.empty() ? "fields are " + known : "did you mean `" + std::string(nearest) + "`?";
    return wrong(name.at, quoted(name.text) + " is no field of " +
                              std::string(name_of(query_.verb)) + "; " + mend);
  }

  OrError<void> read_values(QueryCondition& condition) {
    do {
      if (condition.values.size() == kQueryValuesMax)
        return wrong(scanner_.at(), "more than " + std::to_string(kQueryValuesMax) + " values");
      const size_t at = scanner_.at();
      if (is_comparison(condition.op) && !condition.values.empty())
        return wrong(at, "a comparison takes one value");
      OrError<QueryValue> value = read_value(*condition.field);
      if (!value) return Failure{value.error()};
      if (is_comparison(condition.op) && value.value().kind != ValueKind::single)
        return wrong(at, "a comparison takes one value; " + example(*condition.field));
      condition.values.push_back(std::move(value).value());
    } while (scanner_.take(","));
    return {};
  }

  OrError<QueryValue> read_value(const QueryField& field) {
    QueryValue value;
    const bool ranges = is_ordered(field.form);
    const QueryPiece low = scanner_.take_value(ranges);
    if (!low.closed) return wrong(low.at, "the quote is not closed; mend: another \" behind it");
    if (!low.quoted && low.text == "-") {
      value.kind = ValueKind::absent;
      return value;
    }
    const bool range = ranges && !low.quoted && scanner_.take("..");
    value.has_low = !range || !low.text.empty();
    if (value.has_low) {
      OrError<QueryScalar> read = scalar(field, low);
      if (!read) return Failure{read.error()};
      value.low = std::move(read).value();
    }
    if (!range) return value;
    value.kind = ValueKind::range;
    const QueryPiece high = scanner_.take_value(ranges);
    value.has_high = !high.text.empty();
    if (!value.has_low && !value.has_high)
      return wrong(low.at, "found `..` without an end; " + example(field));
    if (!value.has_high) return value;
    OrError<QueryScalar> read = scalar(field, high);
    if (!read) return Failure{read.error()};
    value.high = std::move(read).value();
    return value;
  }

  OrError<QueryScalar> scalar(const QueryField& field, const QueryPiece& piece) const {
    if (std::optional<QueryScalar> value = read_scalar(field, piece.text)) return *value;
    const std::string found =
        piece.text.empty() ? "a value is missing" : "found " + quoted(piece.text);
    return wrong(piece.at, found + ", allowed for " + std::string(field.name) + " is " +
                               allowed_text(field) + "; " + example(field));
  }

  static std::string example(const QueryField& field) {
    return "for example " + std::string(field.example);
  }

  static bool is_comparison(QueryOperator op) noexcept {
    return op != QueryOperator::fits && op != QueryOperator::equal;
  }

  static bool is_place(string_view word) { return is_address(word) || is_network(word); }

  QueryScanner scanner_;
  Query query_;
};

// The text behind the operator of a word that has just one, and no quotes.
size_t bare_value_of(string_view word) {
  QueryScanner scanner(word);
  static_cast<void>(scanner.take("-"));
  if (!scanner.take_field() || !scanner.take_operator()) return string_view::npos;
  const string_view rest = word.substr(scanner.at());
  return rest.find_first_of("\"<>=:,") == string_view::npos ? scanner.at() : string_view::npos;
}

}  // namespace

OrError<Query> parse_query(QueryVerb verb, string_view text) {
  if (text.size() > kQueryBytesMax)
    return Failure{Error{"query: longer than " + std::to_string(kQueryBytesMax) + " bytes"}};
  return QueryParser(verb, text).parse();
}

std::string query_of_words(std::span<const std::string> words) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += ' ';
    const size_t value = std::ranges::any_of(word, is_blank) ? bare_value_of(word) : word.npos;
    out += value == word.npos ? word : word.substr(0, value) + "\"" + word.substr(value) + "\"";
  }
  return out;
}

}  // namespace control
