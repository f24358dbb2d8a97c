// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/import_mode.hpp"

#include "control/cli/exit_code.hpp"
#include "control/daemon/imported_lines.hpp"
#include "control/export/text_format.hpp"
#include "control/ipc/client.hpp"
#include "control/ipc/version.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace control {
namespace {

// Of one request to the daemon; a document has 4 MiB at most.
constexpr size_t kPieceBytes = size_t{2} << 20;

int import_failed(ExitCode code, const std::string& what) {
  std::fprintf(stderr, "tapseal: import: %s\n", what.c_str());
  return static_cast<int>(code);
}

ExitCode exit_code_for(const CallError& error) {
  if (error.code == ErrorCode::unreachable) return ExitCode::unreachable;
  return error.code == ErrorCode::not_permitted ? ExitCode::not_permitted : ExitCode::failed;
}

class Sums final : public ReplyReceiver {
 public:
  void row(const Json&) override {}
  void field(const std::string& name, const Json& value) override {
    if (name == "services" && value.is_number()) services += value.get<uint64_t>();
    if (name == "certificates" && value.is_number()) certificates += value.get<uint64_t>();
  }
  uint64_t services = 0;
  uint64_t certificates = 0;
};

std::string target_text(const flowtable::Endpoint& server) {
  const std::string address = text_of(server.address);
  const std::string port = std::to_string(server.port);
  return server.address.is_v4() ? address + ":" + port : "[" + address + "]:" + port;
}

// Pieces of whole lines; the last one is sent by the caller.
int store(const std::string& socket, const std::vector<ImportedResult>& results) {
  auto client = Client::connect(socket, {.version = std::string(program_version())});
  if (!client.ok()) return import_failed(exit_code_for(client.error()), client.error().message);
  Sums sums;
  std::string lines;
  for (size_t i = 0; i <= results.size(); ++i) {
    if (i < results.size()) append_imported_line(lines, results[i]);
    const bool last = i == results.size();
    if (lines.empty() || (lines.size() < kPieceBytes && !last)) continue;
    const auto called = client.value().call("store", {{"results", lines}}, sums);
    if (!called.ok()) return import_failed(exit_code_for(called.error()), called.error().message);
    lines.clear();
  }
  std::printf("%zu results, %llu open services, %llu certificates\n", results.size(),
              static_cast<unsigned long long>(sums.services),
              static_cast<unsigned long long>(sums.certificates));
  return static_cast<int>(ExitCode::ok);
}

void print(const ImportOptions& options, const std::vector<ImportedResult>& results) {
  std::string out;
  for (const ImportedResult& result : results) {
    if (options.output == ImportOptions::Output::json) {
      append_imported_line(out, result);
    } else if (result.state == ImportedState::open) {
      out += target_text(result.server) + '\n';
    }
  }
  std::fwrite(out.data(), 1, out.size(), stdout);
}

// Both write XML that is alike; masscan the others, too.
bool is_meant(const std::string& from, ImportFormat format) {
  return from == "masscan" || format == ImportFormat::xml;
}

std::string misfit_text(const std::string& from, bool recognised) {
  if (recognised) return "is one of masscan's: use --from masscan";
  return "is no result of " + from + ": let it write one with " +
         (from == "nmap" ? "-oX" : "-oJ, -oL, -oB or -oX");
}

// What is broken is named, and the rest taken.
void print_problems(const ImportOptions& options, const std::string& path, const Import& import) {
  for (const std::string& problem : import.problems) {
    std::fprintf(stderr,
                 "tapseal: import: %s: %s; the rest is taken, let %s write the file again for "
                 "all of it\n",
                 path.c_str(), problem.c_str(), options.from.c_str());
  }
  if (import.num_broken > import.problems.size()) {
    std::fprintf(stderr, "tapseal: import: %s: %llu more entries are broken\n", path.c_str(),
                 static_cast<unsigned long long>(import.num_broken - import.problems.size()));
  }
}

}  // namespace

int import_files(const ImportOptions& options) {
  std::vector<ImportedResult> all;
  bool broken = false;
  for (const std::string& path : options.files) {
    if (std::error_code error; std::filesystem::is_directory(path, error))
      return import_failed(ExitCode::no_input, path + ": is a directory: name the files in it");
    std::ifstream file(path, std::ios::binary);
    if (!file)
      return import_failed(ExitCode::no_input, path + ": cannot be read: " + std::strerror(errno));
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const auto format = recognise_import(bytes);
    if (!format || !is_meant(options.from, *format)) {
      const std::string why = misfit_text(options.from, format.has_value());
      return import_failed(ExitCode::bad_input, path + ": " + why);
    }
    auto import = import_results(bytes, *format);
    if (!import) return import_failed(ExitCode::bad_input, path + ": " + import.error().message);
    print_problems(options, path, import.value());
    broken = broken || import.value().num_broken > 0;
    all.insert(all.end(), std::make_move_iterator(import.value().results.begin()),
               std::make_move_iterator(import.value().results.end()));
  }
  const ExitCode read = broken ? ExitCode::bad_input : ExitCode::ok;
  if (options.output == ImportOptions::Output::store) {
    const int stored = store(options.socket, all);
    return stored == 0 ? static_cast<int>(read) : stored;
  }
  print(options, all);
  return static_cast<int>(std::fflush(stdout) == 0 ? read : ExitCode::failed);
}

}  // namespace control
