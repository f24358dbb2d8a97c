// SPDX-License-Identifier: Apache-2.0
// tapseal: the command line.
#include "control/cli/command_line.hpp"
#include "control/cli/exit_code.hpp"
#include "control/cli/help_text.hpp"
#include "control/cli/verbs.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

namespace {

control::ExitCode run(std::vector<std::string> words) {
  using control::ExitCode;
  // The one word that every program understands, whatever its grammar.
  if (!words.empty() && words.front() == "--version") words.front() = "version";
  const flowtable::OrError<control::CommandLine> line = control::CommandLine::parse(words);
  if (!line.ok()) return control::report(ExitCode::usage, line.error().message);
  if (line.value().command() != nullptr) return control::run_command_line(line.value());
  const bool asked = line.value().flag("help");
  std::fputs(control::overview_text().c_str(), asked ? stdout : stderr);
  return asked ? ExitCode::ok : ExitCode::usage;
}

}  // namespace

int main(int argc, char** argv) {
  // Whoever started us may have it ignored; `tapseal flows | head` has to end without a word.
  std::signal(SIGPIPE, SIG_DFL);
  try {
    return static_cast<int>(run(std::vector<std::string>(argv + 1, argv + argc)));
  } catch (const std::exception& error) {
    return static_cast<int>(control::report(control::ExitCode::failed, error.what()));
  }
}
