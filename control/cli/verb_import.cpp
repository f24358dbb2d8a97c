// SPDX-License-Identifier: Apache-2.0
// tapseal import: what the engine's program does with other scanners' files
#include "control/cli/become_engine.hpp"
#include "control/cli/verbs.hpp"

namespace control {

ExitCode run_import(const CommandLine& line) {
  const std::optional<std::string> from = line.text("from");
  if (!from.has_value())
    return report(ExitCode::usage, "import: --from masscan, nmap or d4 is missing");
  const bool d4 = *from == "d4";
  if (d4 && (line.flag("targets") || line.texts("file").size() != 1))
    return report(ExitCode::usage, "import: --from d4 takes one postgresql:// address alone");
  if (!d4 && line.text("folder"))
    return report(ExitCode::usage, "import: --folder is of --from d4 alone");
  std::vector<std::string> options{"--import", *from};
  if (d4) {
    options.insert(options.end(), {"--socket", socket_to_ask(line)});
    if (line.flag("json")) options.emplace_back("--json");
    if (const auto folder = line.text("folder"))
      options.insert(options.end(), {"--folder", *folder});
  } else if (line.flag("targets")) {
    options.emplace_back("--targets");
  } else if (line.flag("json")) {
    options.emplace_back("--json");
  } else {
    options.insert(options.end(), {"--socket", socket_to_ask(line)});
  }
  return become_engine(line, options);
}

}  // namespace control
