// SPDX-License-Identifier: Apache-2.0
// tapseal read, tapseal cert: what the engine's program does without a daemon
#include "control/cli/program_path.hpp"
#include "control/cli/verbs.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace control {

namespace {

// Becomes the engine's program: its output, exit code and signals are then those of this one.
ExitCode become_engine(const CommandLine& line, const std::vector<std::string>& options) {
  const std::optional<std::string> program = find_daemon_program();
  if (!program.has_value()) {
    return report(ExitCode::failed,
                  "tapseald is not installed: it is neither beside tapseal nor in $PATH");
  }
  std::vector<std::string> words{*program};
  words.insert(words.end(), options.begin(), options.end());
  for (const std::string& file : line.texts("file")) {
    // A name that starts with a dash must not be taken for an option.
    const bool like_option = file.size() > 1 && file.front() == '-';
    words.push_back(like_option ? "./" + file : file);
  }
  std::vector<char*> arguments;
  for (std::string& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execv(program->c_str(), arguments.data());
  return report(ExitCode::failed, *program + ": cannot be executed: " + std::strerror(errno));
}

}  // namespace

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
