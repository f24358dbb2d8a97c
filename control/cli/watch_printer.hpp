// SPDX-License-Identifier: Apache-2.0
// Rows on standard output as they come.
#pragma once

#include "control/cli/reply_printer.hpp"

#include <cstdint>

namespace control {

// The same columns as a table has, but each of a fixed width, because nobody knows what comes. What
// was left out is said on standard error; with JSON, where only a program reads, as a line of its
// own: {"type":"missed","missed":12}.
class WatchPrinter final : public ReplyReceiver {
 public:
  WatchPrinter(const CommandSpec& command, OutputFormat format)
      : command_(command), format_(format) {}

  void row(const Json& row) override;
  void field(const std::string& name, const Json& value) override;
  // Gives out what was printed, so that a line is seen when its session is.
  void pause() override;

  [[nodiscard]] uint64_t num_rows() const noexcept { return num_rows_; }
  // False where standard output does not take it.
  [[nodiscard]] bool good() const noexcept { return good_; }

 private:
  const CommandSpec& command_;
  OutputFormat format_;
  uint64_t num_rows_ = 0;
  bool good_ = true;
};

// One line: every value cut or filled to its column's width, the last one as it is.
[[nodiscard]] std::string fixed_line(std::span<const ColumnSpec> columns, const Json& row);

}  // namespace control
