// SPDX-License-Identifier: Apache-2.0
// Takes tapseald's place in the test of the command line: the real settings, lock and server,
// without an engine behind them.
#include "control/config/settings_loader.hpp"
#include "control/ipc/pid_file.hpp"
#include "control/ipc/server.hpp"
#include "control/ipc/version.hpp"

#include <sys/signalfd.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

namespace control {
namespace {

int fail(int code, const std::string& message) {
  std::fprintf(stderr, "tapseald: %s\n", message.c_str());
  return code;
}

CommandHandlers handlers(Server*& server, const LoadedSettings& loaded) {
  CommandHandlers out;
  out["status"] = [&loaded](const Request& request, Reply& reply) {
    reply.field("state", "running");
    reply.field("sensor", loaded.settings.run.sensor);
    reply.field("uptime", 90);
    if (request.flag("all")) reply.row({{"group", "drops"}, {"name", "ip_fragment"}, {"value", 0}});
  };
  out["config"] = [&loaded](const Request&, Reply& reply) {
    for (const EffectiveSetting& setting : effective_settings(loaded))
      reply.row({{"key", setting.key}, {"value", setting.value}, {"origin", setting.origin}});
  };
  out["flows"] = [](const Request& request, Reply& reply) {
    for (int64_t i = 0; i < *request.number("limit"); ++i)
      reply.row({{"originator", "192.0.2.1:" + std::to_string(i)}, {"bytes", 2048}});
  };
  out["metrics"] = [](const Request&, Reply& reply) { reply.field("text", "m_total 1\n"); };
  out["watch"] = [](const Request& request, Reply& reply) {
    const auto filters = static_cast<int>(request.texts("filter").size());
    reply.field("watching", true);
    const auto rows = std::make_shared<Subscription>(Subscription::Limits{
        .rows_max = 2, .total_max = static_cast<uint64_t>(request.number("limit").value_or(99))});
    reply.follow(rows);
    for (int i = 0; i < 3 && !rows->over(); ++i) {
      if (!rows->has_room()) continue;
      static_cast<void>(rows->push(
          R"({"ts":"now","sni":"a name that is much longer than its column\u0007 is","version":")" +
          std::to_string(filters) + R"(","certificate":"to the end, however long that is"})"));
    }
  };
  out["down"] = [&server](const Request&, Reply& reply) {
    reply.field("draining", true);
    server->stop();
  };
  return out;
}

int serve(const SettingsSources& sources) {
  const auto loaded = load_settings(sources);
  if (!loaded.ok()) return fail(78, loaded.error().text());
  const RunSettings& run = loaded.value().settings.run;
  if (run.sensor == "dies") return fail(1, "first line\nlast line");
  const auto lock = PidFile::hold(run.state_dir + "/tapseald.pid");
  if (!lock.ok()) return fail(1, lock.error().message);
  if (run.sensor == "hangs") return pause();

  Server* self = nullptr;
  Server server({.socket_path = run.socket,
                 .version = std::string(program_version()),
                 .access = AccessRules::of_groups("", "").value()},
                handlers(self, loaded.value()));
  self = &server;
  const auto listening = server.listen();
  if (!listening.ok()) return fail(1, listening.error().message);
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &stop_signals, nullptr);
  const UniqueFd signals(signalfd(-1, &stop_signals, SFD_CLOEXEC));
  server.watch(signals.get(), [&] { server.stop(); });
  server.run();
  return 0;
}

}  // namespace
}  // namespace control

int main(int argc, char** argv) {
  control::SettingsSources sources{"", {}, control::Environment::of_process()};
  const std::vector<std::string> words(argv + 1, argv + argc);
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--read" || words[i] == "--json" || words[i] == "--table") {
      for (const std::string& word : words)
        std::printf("[%s]", word.c_str());
      std::printf("\n");
      return 65;
    }
    if (words[i] == "--config" && i + 1 < words.size()) sources.file = words[++i];
    if (words[i] == "--set" && i + 1 < words.size()) sources.flags.push_back(words[++i]);
  }
  return control::serve(sources);
}
