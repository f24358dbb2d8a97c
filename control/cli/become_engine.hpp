// SPDX-License-Identifier: Apache-2.0
// Commands that the engine's program carries out in our place.
#pragma once

#include "control/cli/command_line.hpp"
#include "control/cli/exit_code.hpp"

#include <string>
#include <vector>

namespace control {

// Becomes tapseald with these options and the files of the command line: its output, exit code and
// signals are then those of this program. Returns only where that cannot be.
[[nodiscard]] ExitCode become_engine(const CommandLine& line,
                                     const std::vector<std::string>& options);

}  // namespace control
