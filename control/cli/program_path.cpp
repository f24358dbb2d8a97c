// SPDX-License-Identifier: Apache-2.0
#include "control/cli/program_path.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

namespace control {
namespace {

namespace fs = std::filesystem;

bool is_program(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::optional<std::string> find_daemon_program() {
  std::vector<fs::path> directories;
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    const fs::path here = self.parent_path();
    // Beside it, where an installation has it, and where a build tree has it.
    directories = {here, here.parent_path() / "libexec/tapseal", here.parent_path() / "sbin",
                   here.parent_path() / "daemon"};
  }
  const char* const variable = std::getenv("PATH");
  std::string_view path = variable == nullptr ? "" : variable;
  while (!path.empty()) {
    const size_t end = path.find(':');
    const std::string_view directory = path.substr(0, end);
    // A relative place would run whatever lies in the working directory.
    if (directory.starts_with('/')) directories.emplace_back(directory);
    path = end == std::string_view::npos ? std::string_view() : path.substr(end + 1);
  }
  for (const fs::path& directory : directories) {
    const fs::path program = directory / "tapseald";
    if (is_program(program)) return program.string();
  }
  return std::nullopt;
}

}  // namespace control
