// SPDX-License-Identifier: Apache-2.0
// The one declaration of every command. The CLI's grammar and help, the shell completion, the
// command reference, the server's check of arguments and the printing of replies come from it.
#pragma once

#include "control/ipc/peer.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace control {

enum class ArgumentType : uint8_t {
  text,      // JSON string without control characters, at most 4096 bytes
  path,      // the same; the CLI's completion offers files
  word,      // one of `words`
  document,  // JSON string of lines, at most 4 MiB; a person names the file it is in
  command,   // name of a command of this table
  filter,    // JSON string in the grammar of control/filter
  query,     // JSON string, a word of the grammar of control/query
  count,     // JSON whole number within min and max
  duration,  // JSON whole number of seconds within min and max; a person writes 30d
  flag       // JSON true; takes no value
};

enum class Arity : uint8_t {
  option,       // --name
  required,     // positional
  optional,     // positional, may be left out
  one_or_more,  // positional, the last ones; JSON array of strings
  any_number    // the same, and there may be none
};

// Positional, and takes all that is left.
[[nodiscard]] constexpr bool is_list(Arity arity) noexcept {
  return arity == Arity::one_or_more || arity == Arity::any_number;
}

struct ArgumentSpec {
  std::string_view name;  // of the option without its dashes, and of the JSON key
  ArgumentType type = ArgumentType::text;
  Arity arity = Arity::option;
  char short_name = 0;              // -n
  std::string_view value_name{};    // "N" in --limit N
  std::string_view default_text{};  // for the help; empty: none
  int64_t default_number = -1;      // of a count or duration; -1: none
  int64_t min = 0;
  int64_t max = 0;
  std::span<const std::string_view> words{};
  std::string_view help{};
  bool local = false;     // for the CLI alone, never sent to the daemon
  bool repeated = false;  // an option that may stand several times; JSON array of strings
};

// How a value of a reply is meant, and so how it is printed.
enum class ColumnKind : uint8_t {
  text,
  count,     // whole number
  bytes,     // whole number of bytes
  rate,      // number per second
  time,      // "YYYY-MM-DDThh:mm:ssZ", UTC
  duration,  // number of seconds
  address,   // IP address, with the port behind a colon where there is one
  values,    // an object whose members are columns in their turn
};
enum class Align : uint8_t { left, right };

struct ColumnSpec {
  std::string_view key;  // of the JSON object
  std::string_view heading;
  ColumnKind kind = ColumnKind::text;
  std::string_view help{};
  size_t width = 0;  // where rows are printed as they come; 0: to the end of the line

  // Numbers stand flush right, so that their digits line up.
  [[nodiscard]] constexpr Align align() const noexcept {
    const bool number = kind == ColumnKind::count || kind == ColumnKind::bytes ||
                        kind == ColumnKind::rate || kind == ColumnKind::duration;
    return number ? Align::right : Align::left;
  }
};

// Where a command runs.
enum class Place : uint8_t {
  cli,    // needs no daemon
  daemon  // is sent to the daemon; some of its options may be answered by the CLI alone
};

struct CommandSpec {
  std::string_view name;
  std::string_view group;      // heading in the overview
  std::string_view help;       // one line
  std::string_view long_help;  // paragraphs, separated by an empty line
  Place place = Place::daemon;
  Role role = Role::reader;  // least role; of commands of the daemon
  std::span<const ArgumentSpec> arguments{};
  std::span<const ColumnSpec> fields{};   // single values of the reply
  std::span<const ColumnSpec> columns{};  // of the reply's rows
  std::span<const std::string_view> examples{};

  [[nodiscard]] constexpr bool needs_daemon() const noexcept { return place == Place::daemon; }
};

// In the order of the overview.
[[nodiscard]] std::span<const CommandSpec> command_table() noexcept;
[[nodiscard]] const CommandSpec* find_command(std::string_view name) noexcept;
[[nodiscard]] const ArgumentSpec* find_argument(const CommandSpec& command,
                                                std::string_view name) noexcept;
// The column of that key among the rows' columns or the fields, or null.
[[nodiscard]] const ColumnSpec* find_column(std::span<const ColumnSpec> columns,
                                            std::string_view key) noexcept;

// Options that every command understands.
[[nodiscard]] std::span<const ArgumentSpec> common_options() noexcept;

}  // namespace control
