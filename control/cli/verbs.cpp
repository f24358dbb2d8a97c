// SPDX-License-Identifier: Apache-2.0
#include "control/cli/verbs.hpp"

#include "control/cli/command_reference.hpp"
#include "control/cli/help_text.hpp"
#include "control/cli/reply_printer.hpp"
#include "control/config/environment.hpp"
#include "control/ipc/client.hpp"
#include "control/ipc/version.hpp"
#include "control/query/query_field.hpp"
#include "flowtable/base/check.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace control {
namespace {

ExitCode print_whole(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  return std::fflush(stdout) == 0 ? ExitCode::ok : ExitCode::failed;
}

ExitCode run_help(const CommandLine& line) {
  if (line.flag("reference")) return print_whole(command_reference());
  if (line.flag("man")) return print_whole(manual_page());
  const std::optional<std::string> name = line.text("command");
  if (!name.has_value()) return print_whole(overview_text());
  const CommandSpec* const command = find_command(*name);
  if (command == nullptr)
    return report(ExitCode::usage, "unknown command `" + *name + "`; see `tapseal help`");
  return print_whole(command_help_text(*command));
}

ExitCode run_version(const CommandLine& line) {
  const std::string own(program_version());
  const flowtable::Result<Client, CallError> client =
      Client::connect(socket_to_ask(line), {own, std::chrono::milliseconds(1'000)});
  if (line.flag("json")) {
    Json json{{"tapseal", own}, {"tapseald", nullptr}, {"pid", nullptr}};
    if (client.ok()) {
      json["tapseald"] = client.value().server().version;
      json["pid"] = client.value().server().pid;
    }
    print_json_line(json);
    return ExitCode::ok;
  }
  std::string text = "tapseal " + own + "\n";
  if (client.ok()) {
    const Hello& server = client.value().server();
    text += "tapseald " + server.version + " (pid " + std::to_string(server.pid) + ")\n";
  } else if (client.error().code != ErrorCode::unreachable) {
    text += "tapseald: " + client.error().message + "\n";
  }
  return print_whole(text);
}

ExitCode run_completion(const CommandLine&) {
  return print_whole(bash_completion());
}

struct Verb {
  std::string_view name;
  ExitCode (*run)(const CommandLine&);
};

// Commands that are more than a question to the daemon.
constexpr Verb kVerbs[] = {
    {"read", run_read},
    {"cert", run_cert},
    {"up", run_up},
    {"down", run_down},
    {"watch", run_watch},
    {"config", run_config},
    {"scan", run_scan},
    {"resume", run_scan},
    {"import", run_import},
    {"db", run_db},
    {"help", run_help},
    {"version", run_version},
    {"completion", run_completion},
};

}  // namespace

std::string socket_to_ask(const CommandLine& line) {
  if (const std::optional<std::string> given = line.text("socket")) return *given;
  const char* const variable = std::getenv("TAPSEAL_SOCKET");
  if (variable != nullptr && variable[0] != '\0') return variable;
  const std::string own = default_socket(Environment::of_process());
  if (access(own.c_str(), F_OK) == 0) return own;
  const std::string machine = machine_socket();
  return access(machine.c_str(), F_OK) == 0 ? machine : own;
}

ExitCode report(ExitCode code, const std::string& message) {
  std::fprintf(stderr, "tapseal: %s\n", message.c_str());
  return code;
}

ExitCode report(const CommandLine& line, const CallError& error) {
  const ExitCode code = exit_code_of(error.code);
  if (!line.flag("json")) return report(code, error.message);
  std::fprintf(stderr, "%s\n", error_text(error).c_str());
  return code;
}

ExitCode run_remote(const CommandLine& line) {
  flowtable::Result<Client, CallError> client =
      Client::connect(socket_to_ask(line), {.version = std::string(program_version())});
  if (!client.ok()) return report(line, client.error());
  ReplyPrinter printer(*line.command(),
                       line.flag("json") ? OutputFormat::json : OutputFormat::table);
  const flowtable::Result<void, CallError> called =
      client.value().call(line.command()->name, line.arguments(), printer);
  const bool printed = printer.finish();
  if (!called.ok()) return report(line, called.error());
  return printed ? ExitCode::ok : report(ExitCode::failed, "standard output cannot be written");
}

ExitCode run_command_line(const CommandLine& line) {
  CHECK(line.command() != nullptr);
  if (line.flag("help")) return print_whole(command_help_text(*line.command()));
  for (const Verb& verb : kVerbs) {
    if (verb.name == line.command()->name) return verb.run(line);
  }
  const bool lists = query_verb_named(line.command()->name).has_value();
  return lists || line.command()->name == "show" ? run_list(line) : run_remote(line);
}

}  // namespace control
