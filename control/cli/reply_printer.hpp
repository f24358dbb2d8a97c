// SPDX-License-Identifier: Apache-2.0
// A reply on standard output.
#pragma once

#include "control/cli/table_text.hpp"
#include "control/ipc/client.hpp"
#include "control/ipc/command_table.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace control {

enum class OutputFormat : uint8_t { table, json };

// Whether standard output wants a terminal's style: it is one, TERM is not dumb and NO_COLOR is
// empty or not set.
[[nodiscard]] Style style_of_stdout();

// JSON: one object with the fields, then one object per row, each on its line as it comes. Table:
// all at the end, for the columns are as wide as their content. A reply that is one field of text
// is that text.
class ReplyPrinter final : public ReplyReceiver {
 public:
  ReplyPrinter(const CommandSpec& command, OutputFormat format);

  void row(const Json& row) override;
  void field(const std::string& name, const Json& value) override;

  // Prints what is still held back; after the reply, complete or not. False where standard output
  // does not take it.
  [[nodiscard]] bool finish();

 private:
  void print_fields_as_json();
  [[nodiscard]] bool is_plain_text() const;

  const CommandSpec& command_;
  OutputFormat format_;
  Style style_;
  std::vector<std::pair<std::string, Json>> fields_;
  std::vector<Json> rows_;
};

// As it is, on standard output.
void print_text(std::string_view text);

// One line of JSON on standard output. On a terminal everything beyond ASCII is escaped: still the
// same JSON, and nothing in it can act on the terminal.
void print_json_line(const Json& json);

}  // namespace control
