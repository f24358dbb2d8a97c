// SPDX-License-Identifier: Apache-2.0
// tapseald: the engine. People start it through `tapseal read` and `tapseal up`.
#include "control/cli/exit_code.hpp"
#include "control/config/settings_loader.hpp"
#include "control/daemon/cert_mode.hpp"
#include "control/daemon/d4_mode.hpp"
#include "control/daemon/db_mode.hpp"
#include "control/daemon/import_mode.hpp"
#include "control/daemon/read_mode.hpp"
#include "control/daemon/serve_mode.hpp"
#include "control/export/native_record.hpp"
#include "control/ipc/version.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace control {
namespace {

constexpr char kUsage[] =
    "usage: tapseald [--config FILE] [--set SETTING=VALUE]...\n"
    "       tapseald --read [--json|--table] [--summary|--summary-json] [--ssh] FILE...\n"
    "       tapseald --certificates [--json] FILE...\n"
    "       tapseald --import masscan|nmap [--targets|--json|--socket PATH] FILE...\n"
    "       tapseald --import d4 [--folder DIR] [--json] [--socket PATH] ADDRESS\n"
    "       tapseald --db VERB [--force] [--write] [--json] [--socket PATH] [--config FILE]\n"
    "                [--set SETTING=VALUE]... [FILE]\n"
    "       tapseald --schema | --version | --help\n"
    "People use `tapseal up` and `tapseal read`; see `tapseal help`.\n";

struct Arguments {
  enum class Mode : uint8_t { serve, read, certificates, import, db, schema, version, help };
  Mode mode = Mode::serve;
  std::string config;
  std::vector<std::string> settings;
  ReadOptions read;
  ImportOptions import;
  DbOptions db;
  D4Options d4;
  bool json = false;
  std::string wrong;  // the argument that is not understood; empty: none
};

// The value behind an option that needs one; false where it is missing.
bool take_value(const std::vector<std::string>& words, size_t& at, std::string& out) {
  if (at + 1 >= words.size()) return false;
  out = words[++at];
  return true;
}

// An option that stands alone; false where it is none of them.
bool take_flag(std::string_view word, Arguments& out) {
  using Mode = Arguments::Mode;
  if (word == "--read") return out.mode = Mode::read, true;
  if (word == "--certificates") return out.mode = Mode::certificates, true;
  if (word == "--schema") return out.mode = Mode::schema, true;
  if (word == "--version") return out.mode = Mode::version, true;
  if (word == "--help" || word == "-h") return out.mode = Mode::help, true;
  if (word == "--force") return out.db.force = true;
  if (word == "--write") return out.db.write = true;
  if (word == "--json") return out.json = true;
  if (word == "--targets") return out.import.output = ImportOptions::Output::targets, true;
  if (word == "--table") return out.read.format = ReadOptions::Format::table, true;
  if (word == "--summary") return out.read.summary = ReadOptions::Summary::text, true;
  if (word == "--summary-json") return out.read.summary = ReadOptions::Summary::json, true;
  if (word == "--ssh") return out.read.ssh = true;
  return false;
}

Arguments parse(const std::vector<std::string>& words) {
  Arguments out;
  for (size_t i = 0; i < words.size() && out.wrong.empty(); ++i) {
    const std::string& word = words[i];
    std::string value;
    if (take_flag(word, out)) continue;
    if (word == "--config" || word == "--set") {
      if (!take_value(words, i, value)) out.wrong = word + " (needs a value)";
      if (word == "--config") out.config = value;
      if (word == "--set") out.settings.push_back(value);
    } else if (word == "--import" || word == "--db" || word == "--socket" || word == "--folder") {
      if (!take_value(words, i, value)) out.wrong = word + " (needs a value)";
      if (word == "--socket") out.import.socket = value;
      if (word == "--import") out.import.from = value;
      if (word == "--import") out.mode = Arguments::Mode::import;
      if (word == "--folder") out.d4.folder = value;
      if (word == "--db") out.db.verb = value;
      if (word == "--db") out.mode = Arguments::Mode::db;
    } else if (word.size() > 1 && word.starts_with('-')) {
      out.wrong = word;
    } else {
      out.read.files.push_back(word);
    }
  }
  using Mode = Arguments::Mode;
  const bool files_allowed =
      out.mode == Mode::read || out.mode == Mode::certificates || out.mode == Mode::import;
  if (out.mode == Mode::db) return out;
  if (out.wrong.empty() && files_allowed == out.read.files.empty()) {
    out.wrong = files_allowed ? "that no file is named" : out.read.files.front();
  }
  return out;
}

int print(std::string_view text) {
  const bool printed = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  return static_cast<int>(printed && std::fflush(stdout) == 0 ? ExitCode::ok : ExitCode::failed);
}

int serve(const Arguments& arguments) {
  SettingsSources sources;
  sources.file = arguments.config;
  sources.flags = arguments.settings;
  sources.environment = Environment::of_process();
  auto loaded = load_settings(sources);
  if (!loaded) {
    std::fprintf(stderr, "tapseald: %s\n", loaded.error().text().c_str());
    return static_cast<int>(ExitCode::bad_config);
  }
  return run_daemon(std::move(loaded).value());
}

DbOptions db_options(const Arguments& arguments) {
  DbOptions options = arguments.db;
  options.files = arguments.read.files;
  options.memory = {arguments.import.socket, arguments.config, arguments.settings};
  options.json = arguments.json;
  return options;
}

D4Options d4_options(const Arguments& arguments) {
  D4Options options = arguments.d4;
  options.sources = arguments.read.files;
  options.memory = {arguments.import.socket, arguments.config, arguments.settings};
  options.json = arguments.json;
  return options;
}

int run(const Arguments& arguments) {
  if (!arguments.wrong.empty()) {
    std::fprintf(stderr, "tapseald: %s is not understood\n%s", arguments.wrong.c_str(), kUsage);
    return static_cast<int>(ExitCode::usage);
  }
  switch (arguments.mode) {
    case Arguments::Mode::serve:
      return serve(arguments);
    case Arguments::Mode::schema:
      return print(native_schema());
    case Arguments::Mode::version:
      return print("tapseald " + std::string(program_version()) + "\n");
    case Arguments::Mode::help:
      return print(kUsage);
    case Arguments::Mode::certificates:
      return read_certificates({arguments.read.files, arguments.json});
    case Arguments::Mode::import: {
      ImportOptions options = arguments.import;
      options.files = arguments.read.files;
      if (options.from == "d4") return import_d4_database(d4_options(arguments));
      if (arguments.json) options.output = ImportOptions::Output::json;
      return import_files(options);
    }
    case Arguments::Mode::db:
      return maintain_database(db_options(arguments));
    case Arguments::Mode::read:
      break;
  }
  ReadOptions options = arguments.read;
  options.sensor = Environment::of_process().host_name;
  return read_files(options);
}

}  // namespace
}  // namespace control

int main(int argc, char** argv) {
  try {
    return control::run(control::parse({argv + 1, argv + argc}));
  } catch (const std::exception& error) {
    // Only start-up code may throw (memory that cannot be had, say).
    std::fprintf(stderr, "tapseald: cannot go on: %s\n", error.what());
    return static_cast<int>(control::ExitCode::failed);
  }
}
