// SPDX-License-Identifier: Apache-2.0
// Whether a request is one the table knows.
#pragma once

#include "control/ipc/command_table.hpp"
#include "control/ipc/message.hpp"
#include "flowtable/base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace control {

// A checked request: every argument is known, of its type and within its bounds, required ones are
// there and defaults are filled in. Handlers need not look again.
class Request {
 public:
  Request(const CommandSpec& command, Json arguments)
      : command_(&command), arguments_(std::move(arguments)) {}

  [[nodiscard]] const CommandSpec& command() const noexcept { return *command_; }
  [[nodiscard]] const Json& arguments() const noexcept { return arguments_; }

  // By the argument's declared type; asking for one that the table does not declare with that type
  // is a bug. Nothing, or false, where it was not given and has no default.
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> texts(std::string_view name) const;  // of a list
  [[nodiscard]] std::optional<int64_t> number(std::string_view name) const;   // count, seconds
  [[nodiscard]] bool flag(std::string_view name) const;

  PeerCredentials peer;
  Role role = Role::nobody;

 private:
  const CommandSpec* command_;
  Json arguments_;
};

// Checks the arguments of a request to the daemon. The error names the argument, what was found and
// what is allowed.
[[nodiscard]] flowtable::OrError<Request> check_request(const CommandSpec& command, Json arguments);

}  // namespace control
