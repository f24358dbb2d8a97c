// SPDX-License-Identifier: Apache-2.0
// How the program tells others what became of it.
#pragma once

#include "control/ipc/error_code.hpp"

#include <span>
#include <string_view>

namespace control {

// The numbers above 63 are those of sysexits.h.
enum class ExitCode : int {
  ok = 0,
  failed = 1,
  usage = 2,
  unreachable = 3,
  not_permitted = 4,
  bad_input = 65,   // EX_DATAERR
  no_input = 66,    // EX_NOINPUT
  bad_config = 78,  // EX_CONFIG
  interrupted = 130
};

struct ExitCodeText {
  ExitCode code;
  std::string_view meaning;
};
// For help, manual and command reference; every code, in rising order.
[[nodiscard]] std::span<const ExitCodeText> exit_code_table() noexcept;

// What a failed call makes of the program.
[[nodiscard]] ExitCode exit_code_of(ErrorCode code) noexcept;

}  // namespace control
