// SPDX-License-Identifier: Apache-2.0
// tapseal read
#include "control/cli/program_path.hpp"
#include "control/cli/verbs.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace control {
namespace {

// Why the file cannot be an input; empty where it may be one. Said before anything is read, so that
// a slip of the finger in the last of many names costs nothing.
std::string obstacle(const std::string& file) {
  if (file == "-") return "";
  struct stat found {};
  if (stat(file.c_str(), &found) != 0 || access(file.c_str(), R_OK) != 0)
    return file + ": cannot be read: " + std::strerror(errno);
  if (S_ISDIR(found.st_mode)) return file + ": is a directory; name the files in it";
  return "";
}

}  // namespace

ExitCode run_read(const CommandLine& line) {
  const std::vector<std::string> files = line.texts("file");
  bool readable = true;
  for (const std::string& file : files) {
    const std::string why = obstacle(file);
    if (why.empty()) continue;
    report(ExitCode::no_input, why);
    readable = false;
  }
  if (!readable) return ExitCode::no_input;

  const std::optional<std::string> program = find_daemon_program();
  if (!program.has_value()) {
    return report(ExitCode::failed,
                  "tapseald is not installed: it is neither beside tapseal nor in $PATH");
  }
  std::vector<std::string> words{*program, line.flag("table") ? "--table" : "--json", "--read"};
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
