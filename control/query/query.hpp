// SPDX-License-Identifier: Apache-2.0
// A query as it was understood: what a compiler makes SQL of.
#pragma once

#include "control/query/query_field.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace control {

enum class QueryOperator : uint8_t {
  fits,   // `:`, as the form of the field means it
  equal,  // `=`, the whole value and nothing else
  less,
  at_most,
  greater,
  at_least
};

// One end of a value: text, number or time by the form of its field.
struct QueryScalar {
  // Of words and texts as written, of all others in lower case; of a digest without separators; of
  // an absolute time its beginning ("2026-01-31 00:00:00+00").
  std::string text;
  // Of an absolute time the first moment after it: a day is as long as a day.
  std::string end;
  int64_t number = 0;     // of numbers; of spans and of times from now, in seconds
  bool from_now = false;  // a time, by its distance from now
};

enum class ValueKind : uint8_t {
  single,
  range,   // low..high, both included; one of them may be missing
  absent,  // `-`: there is none
};

struct QueryValue {
  ValueKind kind = ValueKind::single;
  QueryScalar low;  // of a single value that one
  QueryScalar high;
  bool has_low = true;
  bool has_high = false;
};

// Holds where one of the values fits; negated where none does.
struct QueryCondition {
  const QueryField* field = nullptr;  // never null in a parsed query
  QueryOperator op = QueryOperator::fits;
  bool negated = false;
  std::vector<QueryValue> values;  // at least one; of a comparison exactly one, single
};

// All conditions must hold.
struct Query {
  QueryVerb verb = QueryVerb::certs;
  std::vector<QueryCondition> conditions;
};

}  // namespace control
