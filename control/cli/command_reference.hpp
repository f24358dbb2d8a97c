// SPDX-License-Identifier: Apache-2.0
// Documents made of the command table.
#pragma once

#include <string>

namespace control {

// control/cli/COMMANDS.md; a unit test holds the file against it. `tapseal help --reference`.
[[nodiscard]] std::string command_reference();

// tapseal(1) in roff. `tapseal help --man`.
[[nodiscard]] std::string manual_page();

// Completion for bash: commands, options, words, files. `tapseal completion bash`.
[[nodiscard]] std::string bash_completion();

}  // namespace control
