// SPDX-License-Identifier: Apache-2.0
// Why a configuration was refused.
#pragma once

#include <string>
#include <vector>

namespace control {

struct ConfigProblem {
  int line = 0;         // from 1; 0: of the file as a whole, or of a command-line flag
  std::string message;  // names the setting, what was found and what is allowed
};

// Everything that is wrong, so that one run of the editor mends it all. Never empty.
struct ConfigErrors {
  std::string file;  // as the person named it; of a flag: "--set"
  std::vector<ConfigProblem> problems;

  // "FILE:LINE: message", one line each, in the order of lines, without a last line feed.
  [[nodiscard]] std::string text() const;
};

}  // namespace control
