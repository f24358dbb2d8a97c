// SPDX-License-Identifier: Apache-2.0
// Any bytes as a query: it is read or refused with the column, and what is read keeps its promises.
#include "control/query/query_parser.hpp"
#include "flowtable/base/check.hpp"

#include <cstdint>

namespace {

void check_condition(const control::Query& query, const control::QueryCondition& condition) {
  CHECK(condition.field != nullptr && condition.field->verbs.holds(query.verb));
  CHECK(!condition.values.empty() && condition.values.size() <= control::kQueryValuesMax);
  const bool comparison =
      condition.op != control::QueryOperator::fits && condition.op != control::QueryOperator::equal;
  CHECK(!comparison || condition.values.size() == 1);
  for (const control::QueryValue& value : condition.values) {
    CHECK(!comparison || value.kind == control::ValueKind::single);
    CHECK(value.kind != control::ValueKind::range || control::is_ordered(condition.field->form));
    CHECK(value.kind == control::ValueKind::range || (value.has_low && !value.has_high));
    CHECK(value.has_low || value.has_high);
    const bool digest = condition.field->form == control::FieldForm::digest;
    if (!digest || value.kind == control::ValueKind::absent) continue;
    CHECK(value.low.text.size() <= condition.field->details.digits);
    CHECK(value.low.text.find_first_not_of("0123456789abcdef") == std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto verb = static_cast<control::QueryVerb>(data[0] % control::kNumQueryVerbs);
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto query = control::parse_query(verb, text);
  if (!query.ok()) {
    CHECK(query.error().message.starts_with("query"));
  } else {
    CHECK(query.value().conditions.size() <= control::kQueryConditionsMax);
    for (const control::QueryCondition& condition : query.value().conditions)
      check_condition(query.value(), condition);
  }
  const std::string word(text);
  static_cast<void>(control::query_of_words({&word, 1}));
  return 0;
}
