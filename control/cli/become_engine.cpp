// SPDX-License-Identifier: Apache-2.0
#include "control/cli/become_engine.hpp"

#include "control/cli/program_path.hpp"
#include "control/cli/verbs.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace control {

ExitCode become_engine(const CommandLine& line, const std::vector<std::string>& options) {
  const std::optional<std::string> program = find_daemon_program();
  if (!program.has_value()) {
    return report(ExitCode::failed,
                  "tapseald is not installed: it is neither beside tapseal nor in $PATH");
  }
  std::vector<std::string> words{*program};
  words.insert(words.end(), options.begin(), options.end());
  const ArgumentSpec* const spec = find_argument(*line.command(), "file");
  std::vector<std::string> files;
  if (spec != nullptr && is_list(spec->arity)) files = line.texts("file");
  if (spec != nullptr && !is_list(spec->arity) && line.text("file"))
    files.push_back(*line.text("file"));
  for (const std::string& file : files) {
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

}  // namespace control
