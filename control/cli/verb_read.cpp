// SPDX-License-Identifier: Apache-2.0
// tapseal read, tapseal cert: what the engine's program does without a daemon
#include "control/cli/become_engine.hpp"
#include "control/cli/verbs.hpp"

#include <vector>

namespace control {

ExitCode run_read(const CommandLine& line) {
  std::vector<std::string> options{line.flag("table") ? "--table" : "--json", "--read"};
  if (line.flag("summary")) {
    options.emplace_back(line.flag("json") ? "--summary-json" : "--summary");
  }
  if (line.flag("ssh")) options.emplace_back("--ssh");
  return become_engine(line, options);
}

ExitCode run_cert(const CommandLine& line) {
  std::vector<std::string> options{"--certificates"};
  if (line.flag("json")) options.emplace_back("--json");
  return become_engine(line, options);
}

}  // namespace control
