// SPDX-License-Identifier: Apache-2.0
#include "control/config/config_error.hpp"

#include <algorithm>

namespace control {

std::string ConfigErrors::text() const {
  std::vector<ConfigProblem> sorted = problems;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const ConfigProblem& a, const ConfigProblem& b) { return a.line < b.line; });
  std::string out;
  for (const ConfigProblem& problem : sorted) {
    if (!out.empty()) out += '\n';
    out += file;
    if (problem.line > 0) out += ':' + std::to_string(problem.line);
    out += ": " + problem.message;
  }
  return out;
}

}  // namespace control
