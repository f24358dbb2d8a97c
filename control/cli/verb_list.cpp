// SPDX-License-Identifier: Apache-2.0
// The lists of the memory, and tapseal show
#include "control/cli/help_text.hpp"
#include "control/cli/list_printer.hpp"
#include "control/cli/verbs.hpp"
#include "control/ipc/client.hpp"
#include "control/ipc/version.hpp"

#include <cstdio>

namespace control {
namespace {

ListFormat format_of(const CommandLine& line) {
  if (line.flag("json")) return ListFormat::json;
  const Json& sent = line.arguments();
  if (sent.contains("show-sql") || sent.contains("plan")) return ListFormat::sql;
  return line.flag("csv") ? ListFormat::csv : ListFormat::table;
}

}  // namespace

ExitCode run_list(const CommandLine& line) {
  if (line.flag("fields")) {
    const std::string text = query_fields_text(*line.command()).substr(1);
    std::fwrite(text.data(), 1, text.size(), stdout);
    return std::fflush(stdout) == 0 ? ExitCode::ok : ExitCode::failed;
  }
  flowtable::Result<Client, CallError> client =
      Client::connect(socket_to_ask(line), {.version = std::string(program_version())});
  if (!client.ok()) return report(line, client.error());
  ListPrinter printer(*line.command(), format_of(line));
  const flowtable::Result<void, CallError> called =
      client.value().call(line.command()->name, line.arguments(), printer);
  const bool printed = printer.finish();
  if (!called.ok()) return report(line, called.error());
  return printed ? ExitCode::ok : report(ExitCode::failed, "standard output cannot be written");
}

}  // namespace control
