// SPDX-License-Identifier: Apache-2.0
// The command line, read by the command table.
#pragma once

#include "control/ipc/command_table.hpp"
#include "control/ipc/message.hpp"
#include "flowtable/base/result.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace control {

// tapseal [COMMON OPTION…] COMMAND [OPTION…] [ARGUMENT…]
//
// Options and arguments may mix; --name VALUE and --name=VALUE, -n VALUE and -nVALUE mean the same;
// the last of two equal options counts; behind -- everything is an argument. Durations are written
// with a unit (30d) and become seconds.
class CommandLine {
 public:
  // Without the program's name. Error: what is wrong, with the nearest name of an unknown one.
  [[nodiscard]] static flowtable::OrError<CommandLine> parse(std::span<const std::string> words);

  // Null where no command stands there, only common options.
  [[nodiscard]] const CommandSpec* command() const noexcept { return command_; }
  // What is sent to the daemon.
  [[nodiscard]] const Json& arguments() const noexcept { return arguments_; }

  // Values for the CLI itself: common options and the command's local ones, with defaults.
  [[nodiscard]] bool flag(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> texts(std::string_view name) const;
  [[nodiscard]] std::optional<int64_t> number(std::string_view name) const;

 private:
  friend class CommandLineParser;
  const CommandSpec* command_ = nullptr;
  Json arguments_ = Json::object();
  Json local_ = Json::object();
};

// "--limit", or "FILE" of a positional.
[[nodiscard]] std::string shown_name(const ArgumentSpec& spec);

}  // namespace control
