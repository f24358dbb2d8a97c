// SPDX-License-Identifier: Apache-2.0
// tapseal import: what the engine's program does with other scanners' files
#include "control/cli/become_engine.hpp"
#include "control/cli/verbs.hpp"

namespace control {

ExitCode run_import(const CommandLine& line) {
  const std::optional<std::string> from = line.text("from");
  if (!from.has_value())
    return report(ExitCode::usage, "import: --from masscan or nmap is missing");
  std::vector<std::string> options{"--import", *from};
  if (line.flag("targets")) {
    options.emplace_back("--targets");
  } else if (line.flag("json")) {
    options.emplace_back("--json");
  } else {
    options.insert(options.end(), {"--socket", socket_to_ask(line)});
  }
  return become_engine(line, options);
}

}  // namespace control
