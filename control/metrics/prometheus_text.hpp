// SPDX-License-Identifier: Apache-2.0
// Prometheus' text format, version 0.0.4.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace control {

enum class MetricKind : uint8_t {
  counter,  // only grows; its name ends with _total, which is added where it is missing
  gauge
};

// One sample.
struct MetricRow {
  std::string name;  // letters, digits, _ and :, not starting with a digit
  std::string help;  // of the name: the first row of a name speaks for all
  MetricKind kind = MetricKind::gauge;
  std::vector<std::pair<std::string, std::string>> labels;  // names: letters, digits and _
  std::variant<uint64_t, double> value;
};

// HELP and TYPE once for each name, then its samples; names in the order of their first row,
// samples in the order of the rows. Names and labels come from our own tables, so a bad one is a
// bug; help texts and label values may hold anything and are escaped.
[[nodiscard]] std::string prometheus_text(std::span<const MetricRow> rows);

}  // namespace control
