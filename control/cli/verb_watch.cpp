// SPDX-License-Identifier: Apache-2.0
// tapseal watch
#include "control/cli/interrupt.hpp"
#include "control/cli/verbs.hpp"
#include "control/cli/watch_printer.hpp"
#include "control/ipc/client.hpp"
#include "control/ipc/unique_fd.hpp"
#include "control/ipc/version.hpp"

namespace control {
ExitCode run_watch(const CommandLine& line) {
  const UniqueFd interrupt = catch_interrupt();
  constexpr std::chrono::hours kForEver{24 * 365 * 100};
  flowtable::Result<Client, CallError> client =
      Client::connect(socket_to_ask(line), {.version = std::string(program_version()),
                                            .reply_timeout = kForEver,
                                            .cancel_fd = interrupt.get()});
  if (!client.ok()) return report(line, client.error());
  Json arguments = line.arguments();
  if (line.flag("json")) arguments["records"] = true;
  const bool records = arguments.contains("records");
  WatchPrinter printer(*line.command(), records ? OutputFormat::json : OutputFormat::table);
  const flowtable::Result<void, CallError> called =
      client.value().call("watch", arguments, printer);
  printer.pause();
  if (!printer.good()) return report(ExitCode::failed, "standard output cannot be written");
  if (called.ok()) {
    const std::optional<Json> limit =
        arguments.contains("limit") ? std::optional(arguments["limit"]) : std::nullopt;
    const bool all = limit && printer.num_rows() >= limit->get<uint64_t>();
    return all ? ExitCode::ok : report(ExitCode::ok, "the daemon is ending");
  }
  if (called.error().code == ErrorCode::interrupted) return ExitCode::interrupted;
  return report(line, called.error());
}

}  // namespace control
