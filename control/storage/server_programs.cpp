// SPDX-License-Identifier: Apache-2.0
#include "control/storage/server_programs.hpp"

#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace control {
namespace {

namespace fs = std::filesystem;
using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

bool holds_programs(const fs::path& directory) {
  return access((directory / "initdb").c_str(), X_OK) == 0 &&
         access((directory / "postgres").c_str(), X_OK) == 0;
}

std::vector<fs::path> usual_places() {
  std::vector<fs::path> places;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", ignored))
    places.push_back(entry.path() / "bin");
  for (const auto& entry : fs::directory_iterator("/usr", ignored)) {
    if (entry.path().filename().string().starts_with("pgsql-")) {
      places.push_back(entry.path() / "bin");
    }
  }
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const size_t colon = std::min(rest.find(':'), rest.size());
    const fs::path place(rest.substr(0, colon));
    // Programs that root starts come from absolute places only.
    if (place.is_absolute()) places.push_back(place);
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  return places;
}

// "postgres (PostgreSQL) 15.20 (Debian …)": 15. Nothing where the program does not say so.
std::optional<int> major_of(const Account& account, const fs::path& directory) {
  const OrError<ProgramOutput> said =
      run_program(account, {{(directory / "postgres").string(), "--version"}, {}, -1, -1},
                  std::chrono::seconds(10));
  if (!said || said.value().exit_status != 0) return std::nullopt;
  constexpr std::string_view kMark = "(PostgreSQL) ";
  const std::string& text = said.value().text;
  const size_t mark = text.find(kMark);
  if (mark == std::string::npos) return std::nullopt;
  int major = 0;
  const char* begin = text.data() + mark + kMark.size();
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), major);
  return error == std::errc() ? std::optional(major) : std::nullopt;
}

}  // namespace

OrError<ServerPrograms> find_server_programs(const Account& account, const std::string& directory,
                                             int major) {
  const std::vector<fs::path> places =
      directory.empty() ? usual_places() : std::vector<fs::path>{directory};
  ServerPrograms best;
  std::string seen;
  for (const fs::path& place : places) {
    if (!holds_programs(place)) continue;
    const std::optional<int> found = major_of(account, place);
    if (!found) continue;
    seen += (seen.empty() ? "" : ", ") + std::to_string(*found) + " in " + place.string();
    const bool wanted = major == 0 ? *found >= kOldestMajor : *found == major;
    if (wanted && *found > best.major) best = {place.string(), *found};
  }
  if (best.major != 0) return best;
  const std::string version =
      major == 0 ? std::to_string(kOldestMajor) + " or later" : std::to_string(major);
  std::string message = "storage: embedded needs the server programs of PostgreSQL " + version +
                        " (initdb, postgres) and found ";
  message += seen.empty() ? "none" : "only " + seen;
  message += directory.empty() ? "" : " in " + directory;
  message += ": apt install postgresql-" + std::to_string(major == 0 ? kOldestMajor : major) +
             ", or use storage: postgresql://…";
  return Failure{Error{std::move(message)}};
}

}  // namespace control
