// SPDX-License-Identifier: Apache-2.0
// tapseal config
#include "control/cli/reply_printer.hpp"
#include "control/cli/verbs.hpp"
#include "control/config/settings_loader.hpp"
#include "control/config/settings_text.hpp"

#include <algorithm>
#include <cstdio>

namespace control {
namespace {

ExitCode refuse(const ConfigErrors& errors) {
  std::fprintf(stderr, "%s\n", errors.text().c_str());
  return ExitCode::bad_config;
}

ExitCode check(const std::string& file) {
  const auto loaded = load_settings({file, {}, Environment::of_process()});
  if (!loaded.ok()) return refuse(loaded.error());
  const auto& origins = loaded.value().origins;
  const auto num_set = std::count_if(origins.begin(), origins.end(), [](const auto& origin) {
    return origin.kind == SettingOrigin::Kind::file;
  });
  std::printf("%s: good, %td settings set\n", file.c_str(), num_set);
  return ExitCode::ok;
}

ExitCode show(const CommandLine& line) {
  const auto loaded =
      load_settings({line.text("file").value_or(""), line.texts("set"), Environment::of_process()});
  if (!loaded.ok()) return refuse(loaded.error());
  ReplyPrinter printer(*line.command(),
                       line.flag("json") ? OutputFormat::json : OutputFormat::table);
  for (const EffectiveSetting& setting : effective_settings(loaded.value()))
    printer.row({{"key", setting.key}, {"value", setting.value}, {"origin", setting.origin}});
  return printer.finish() ? ExitCode::ok : ExitCode::failed;
}

}  // namespace

ExitCode run_config(const CommandLine& line) {
  if (line.flag("example")) {
    std::fputs(example_file().c_str(), stdout);
    return ExitCode::ok;
  }
  if (const std::optional<std::string> file = line.text("check")) return check(*file);
  if (line.text("file").has_value() || !line.texts("set").empty()) return show(line);
  return run_remote(line);
}

}  // namespace control
