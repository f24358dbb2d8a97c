// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/summary.hpp"

#include "control/export/json_line.hpp"

#include <array>
#include <cstdio>
#include <string_view>

namespace control {
namespace {

void append_line(std::string& out, const BookLine& line) {
  std::array<char, 32> number;
  const int length = std::snprintf(number.data(), number.size(), "%14llu  ",
                                   static_cast<unsigned long long>(line.value));
  out.append(number.data(), static_cast<size_t>(length));
  out.append(static_cast<size_t>(line.depth) * 2, ' ');
  out.append(line.name);
  constexpr size_t kNameWidth = 26;
  const size_t width = line.name.size() + static_cast<size_t>(line.depth) * 2;
  out.append(width < kNameWidth ? kNameWidth - width : 1, ' ');
  out.append(line.help);
  out += '\n';
}

template <typename Rows, typename Value>
void append_block(std::string& out, std::string_view title, const Rows& rows, Value value) {
  std::string lines;
  for (const auto& row : rows) {
    if (value(row) > 0) append_line(lines, {row.name, row.help, value(row), 0});
  }
  if (!lines.empty()) out += "\n" + std::string(title) + "\n" + lines;
}

template <typename Rows, typename Value>
void append_object(JsonLine& out, std::string_view key, const Rows& rows, Value value) {
  out.key(key);
  out.begin_object();
  for (const auto& row : rows) {
    out.key(row.name);
    out.number(static_cast<int64_t>(value(row)));
  }
  out.end_object();
}

}  // namespace

std::string statement_text(const BookStatement& statement) {
  std::string out = "What became of each flow that began like TLS:\n";
  for (const BookLine& line : statement.lines)
    append_line(out, line);
  return out + statement.verdict + '\n';
}

std::string summary_text(const BookCounts& counts) {
  std::string out = statement_text(make_statement(counts, BookMoment::end));
  append_block(out, "Packets, flows and handshakes on their way:", dataplane::kPathCounterTable,
               [&](const auto& row) { return counts.get(row.counter); });
  append_block(out, "Packets and handshakes that were not followed, by reason:",
               dataplane::drop_reason_table(),
               [&](const auto& row) { return counts.get(row.reason); });
  append_block(out, "Sessions and certificates:", tls::pipeline_counter_table(),
               [&](const auto& row) { return counts.get(row.counter); });
  return out;
}

std::string summary_json(const BookCounts& counts) {
  const BookStatement statement = make_statement(counts, BookMoment::end);
  std::string out;
  JsonLine line(out);
  line.begin_object();
  line.key("type");
  line.text("summary");
  line.key("balanced");
  line.boolean(statement.balanced);
  line.key("verdict");
  line.text(statement.verdict);
  append_object(line, "book", statement.lines, [](const BookLine& row) { return row.value; });
  append_object(line, "path", dataplane::kPathCounterTable,
                [&](const auto& row) { return counts.get(row.counter); });
  append_object(line, "drop", dataplane::drop_reason_table(),
                [&](const auto& row) { return counts.get(row.reason); });
  append_object(line, "pipeline", tls::pipeline_counter_table(),
                [&](const auto& row) { return counts.get(row.counter); });
  line.end_object();
  return out + '\n';
}

}  // namespace control
