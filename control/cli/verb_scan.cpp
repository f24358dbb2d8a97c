// SPDX-License-Identifier: Apache-2.0
// tapseal scan, tapseal resume
#include "control/cli/interrupt.hpp"
#include "control/cli/scan_printer.hpp"
#include "control/cli/verbs.hpp"
#include "control/ipc/client.hpp"
#include "control/ipc/version.hpp"

#include <cstdio>

namespace control {
namespace {

class Nobody final : public ReplyReceiver {
 public:
  void row(const Json&) override {}
  void field(const std::string&, const Json&) override {}
};

// Ctrl-C leaves a state to go on from.
ExitCode pause_scan(const CommandLine& line, int64_t scan) {
  Nobody nobody;
  flowtable::Result<Client, CallError> client =
      Client::connect(socket_to_ask(line), {.version = std::string(program_version())});
  if (!client.ok()) return report(line, client.error());
  const auto called = client.value().call("pause", {{"scan", scan}}, nobody);
  if (!called.ok()) return report(line, called.error());
  const std::string number = std::to_string(scan);
  return report(ExitCode::interrupted,
                "scan " + number + " is paused; go on with: tapseal resume " + number);
}

ExitCode exit_code_of_state(const std::string& state) {
  return state == "failed" || state == "stopped" ? ExitCode::failed : ExitCode::ok;
}

}  // namespace

ExitCode run_scan(const CommandLine& line) {
  const UniqueFd interrupt = catch_interrupt();
  constexpr std::chrono::hours kForEver{24 * 365 * 100};
  flowtable::Result<Client, CallError> client =
      Client::connect(socket_to_ask(line), {.version = std::string(program_version()),
                                            .reply_timeout = kForEver,
                                            .cancel_fd = interrupt.get()});
  if (!client.ok()) return report(line, client.error());
  Json arguments = line.arguments();
  if (line.flag("json")) arguments["records"] = true;
  const OutputFormat format =
      arguments.contains("records") ? OutputFormat::json : OutputFormat::table;
  ScanPrinter printer(*line.command(), format);
  const flowtable::Result<void, CallError> called =
      client.value().call(line.command()->name, arguments, printer);
  const bool printed = printer.finish();
  if (!called.ok() && called.error().code == ErrorCode::interrupted && printer.scan() > 0)
    return pause_scan(line, printer.scan());
  if (!called.ok()) return report(line, called.error());
  if (!printed) return report(ExitCode::failed, "standard output cannot be written");
  return exit_code_of_state(printer.state());
}

}  // namespace control
