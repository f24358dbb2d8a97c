// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/d4_mode.hpp"

#include "control/cli/exit_code.hpp"
#include "control/cli/reply_printer.hpp"
#include "control/storage/d4/d4_import.hpp"
#include "control/storage/migrate.hpp"

#include <cstdio>
#include <utility>

namespace control {
namespace {

int d4_import_failed(ExitCode code, const std::string& message) {
  std::fprintf(stderr, "tapseal: import: %s\n", message.c_str());
  return static_cast<int>(code);
}

std::vector<std::pair<const char*, uint64_t>> rows_of(const D4ImportSums& sums) {
  return {{"sessions", sums.sessions},
          {"sessions_before", sums.sessions_before},
          {"sessions_refused", sums.sessions_refused},
          {"certificates", sums.certificates},
          {"certificates_lost", sums.certificates_lost},
          {"certificates_known", sums.certificates_known},
          {"chains_incomplete", sums.chains_incomplete},
          {"keys", sums.keys},
          {"fingerprints", sums.fingerprints}};
}

void print(const D4ImportSums& sums, bool json) {
  if (json) {
    Json line = Json::object();
    for (const auto& [name, value] : rows_of(sums))
      line[name] = value;
    print_json_line(line);
    return;
  }
  for (const auto& [name, value] : rows_of(sums))
    std::printf("%-18s  %llu\n", name, static_cast<unsigned long long>(value));
}

void warn(const D4ImportSums& sums, std::chrono::seconds keep_sessions) {
  for (const std::string& problem : sums.problems)
    std::fprintf(stderr, "tapseal: import: %s\n", problem.c_str());
  const uint64_t all = sums.certificates_lost + sums.sessions_refused;
  if (all > sums.problems.size())
    std::fprintf(stderr, "tapseal: import: %llu more are left out in the same way\n",
                 static_cast<unsigned long long>(all - sums.problems.size()));
  if (sums.oldest.empty() || keep_sessions == std::chrono::seconds(0)) return;
  std::fprintf(stderr,
               "tapseal: import: sessions since %s are stored; the daemon drops days that are "
               "older than storage.keep_sessions (%lld days), links stay\n",
               sums.oldest.c_str(),
               static_cast<long long>(std::chrono::ceil<std::chrono::days>(keep_sessions).count()));
}

}  // namespace

int import_d4_database(const D4Options& options) {
  if (options.sources.size() != 1)
    return d4_import_failed(ExitCode::usage, "name one postgresql:// address");
  auto memory = OpenedMemory::open(options.memory);
  if (!memory) return d4_import_failed(exit_code_of(memory.error().code), memory.error().message);
  D4ImportOptions import{.source = options.sources.front(), .memory = memory.value().address()};
  import.folder = options.folder;
  {
    auto database = DatabaseConnection::open(import.memory, {});
    if (!database) return d4_import_failed(ExitCode::failed, database.error().message);
    if (auto current = migrate(database.value()); !current)
      return d4_import_failed(ExitCode::failed, current.error().message);
  }
  const auto sums = import_d4(import);
  if (!sums) return d4_import_failed(ExitCode::failed, sums.error().message);
  print(sums.value(), options.json);
  warn(sums.value(), memory.value().keep_sessions());
  const bool whole = sums.value().sessions_refused == 0;
  return static_cast<int>(whole ? ExitCode::ok : ExitCode::bad_input);
}

}  // namespace control
