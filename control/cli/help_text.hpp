// SPDX-License-Identifier: Apache-2.0
// Help for people on a terminal, from the command table.
#pragma once

#include "control/filter/filter_fields.hpp"
#include "control/ipc/command_table.hpp"

#include <string>
#include <vector>

namespace control {

// All commands by group, common options, exit codes.
[[nodiscard]] std::string overview_text();

// One command: how it is written, what it does, its options, its reply, examples.
[[nodiscard]] std::string command_help_text(const CommandSpec& command);

// "tapseal show [OPTION…] THING"
[[nodiscard]] std::string usage_line(const CommandSpec& command);

// "-n, --limit N"
[[nodiscard]] std::string option_heading(const ArgumentSpec& spec);

// "reader", "operator", or "" where no daemon is needed.
[[nodiscard]] std::string role_text(const CommandSpec& command);

// The help of an argument with its words and its default.
[[nodiscard]] std::string argument_help(const ArgumentSpec& spec);

// What a field of a filter means, with the words it takes.
[[nodiscard]] std::string filter_field_help(const FilterField& field);
[[nodiscard]] bool takes_filters(const CommandSpec& command);
// What the query of a command may ask for: examples and helps; empty where it takes none.
struct QueryHelp {
  std::string example;
  std::string help;
};
[[nodiscard]] std::vector<QueryHelp> query_helps(const CommandSpec& command);
[[nodiscard]] std::string query_fields_text(const CommandSpec& command);

}  // namespace control
