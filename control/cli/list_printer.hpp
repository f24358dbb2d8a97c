// SPDX-License-Identifier: Apache-2.0
// The answer of a list, or of what asks it, on standard output.
#pragma once

#include "control/cli/table_text.hpp"
#include "control/ipc/client.hpp"
#include "control/ipc/command_table.hpp"

#include <string>
#include <vector>

namespace control {

enum class ListFormat : uint8_t {
  table,
  json,  // one object per row; at the end {"next": …} where more follows
  csv,
  sql  // the statements themselves, for people
};

class ListPrinter final : public ReplyReceiver {
 public:
  ListPrinter(const CommandSpec& command, ListFormat format);

  void row(const Json& row) override;
  void field(const std::string& name, const Json& value) override;

  // After the reply. Where more rows follow, people are told how to get them, on standard error.
  // False where standard output does not take it.
  [[nodiscard]] bool finish();

 private:
  const CommandSpec& command_;
  ListFormat format_;
  std::vector<Json> rows_;
  Json fields_ = Json::object();
};

// A statement with its parameters and its plan, as --show-sql and --plan print it.
[[nodiscard]] std::string statement_text(const Json& values);

}  // namespace control
