// SPDX-License-Identifier: Apache-2.0
#include "control/storage/cluster_processes.hpp"

#include <sys/stat.h>

#include <charconv>
#include <fstream>
#include <string>

namespace control {
namespace {

namespace fs = std::filesystem;

bool works_in(const fs::path& process, const struct stat& directory) {
  struct stat working {};
  return stat((process / "cwd").c_str(), &working) == 0 && working.st_dev == directory.st_dev &&
         working.st_ino == directory.st_ino;
}

std::string name_of_program(const fs::path& process) {
  std::ifstream file(process / "comm");
  std::string name;
  std::getline(file, name);
  return name;
}

std::optional<pid_t> number(const std::string& text) {
  pid_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value <= 1) return std::nullopt;
  return value;
}

}  // namespace

std::vector<pid_t> server_processes(const fs::path& cluster) {
  struct stat directory {};
  if (stat(cluster.c_str(), &directory) != 0) return {};
  std::vector<pid_t> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const std::optional<pid_t> pid = number(entry.path().filename().string());
    if (pid && works_in(entry.path(), directory) && name_of_program(entry.path()) == "postgres") {
      found.push_back(*pid);
    }
  }
  return found;
}

std::optional<pid_t> noted_postmaster(const fs::path& cluster) {
  std::ifstream file(cluster / "postmaster.pid");
  std::string line;
  std::getline(file, line);
  return number(line);
}

bool is_stranger(pid_t pid, const fs::path& cluster) {
  const fs::path process = fs::path("/proc") / std::to_string(pid);
  struct stat directory {};
  struct stat working {};
  if (stat(cluster.c_str(), &directory) != 0) return false;
  if (stat((process / "cwd").c_str(), &working) != 0) return false;
  return working.st_dev != directory.st_dev || working.st_ino != directory.st_ino;
}

}  // namespace control
