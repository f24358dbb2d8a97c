// SPDX-License-Identifier: Apache-2.0
// tapseal db: what the engine's program does with the memory; this one has no database library
#include "control/cli/become_engine.hpp"
#include "control/cli/verbs.hpp"

namespace control {

ExitCode run_db(const CommandLine& line) {
  const std::string verb = line.text("verb").value_or("");
  const bool takes_file = verb == "backup" || verb == "restore";
  const std::optional<std::string> file = line.text("file");
  if (takes_file && !file) return report(ExitCode::usage, "db: " + verb + ": FILE is missing");
  if (!takes_file && file)
    return report(ExitCode::usage, "db: " + verb + ": unexpected `" + *file + "`");
  if (line.flag("force") && verb != "restore")
    return report(ExitCode::usage, "db: " + verb + ": --force is of restore alone");
  if (line.flag("write") && verb != "psql")
    return report(ExitCode::usage, "db: " + verb + ": --write is of psql alone");
  std::vector<std::string> options{"--db", verb};
  for (const char* flag : {"force", "write", "json"})
    if (line.flag(flag)) options.push_back("--" + std::string(flag));
  const std::optional<std::string> config = line.text("config");
  const std::vector<std::string> settings = line.texts("set");
  if (config) options.insert(options.end(), {"--config", *config});
  for (const std::string& setting : settings)
    options.insert(options.end(), {"--set", setting});
  // Settings that are named say which daemon, too.
  if (line.text("socket") || (!config && settings.empty()))
    options.insert(options.end(), {"--socket", socket_to_ask(line)});
  return become_engine(line, options);
}

}  // namespace control
