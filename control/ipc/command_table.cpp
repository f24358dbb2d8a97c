// SPDX-License-Identifier: Apache-2.0
#include "control/ipc/command_table.hpp"

#include "control/ipc/command_columns.hpp"
#include "control/ipc/watch_command.hpp"

#include <algorithm>

namespace control {
namespace {

using std::string_view;
using Type = ArgumentType;

constexpr int64_t kSecondsOfCentury = int64_t{100} * 366 * 86'400;

constexpr ArgumentSpec kCommon[] = {
    {.name = "json",
     .type = Type::flag,
     .help = "One JSON object per row, for programs.",
     .local = true},
    {.name = "socket",
     .type = Type::path,
     .value_name = "PATH",
     .default_text = "$TAPSEAL_SOCKET, else the daemon's usual place",
     .help = "Control socket of the daemon.",
     .local = true},
    {.name = "help",
     .type = Type::flag,
     .short_name = 'h',
     .help = "Help on this command.",
     .local = true},
};

constexpr ArgumentSpec kLimit{.name = "limit",
                              .type = Type::count,
                              .short_name = 'n',
                              .value_name = "N",
                              .default_text = "100",
                              .default_number = 100,
                              .min = 1,
                              .max = 100'000,
                              .help = "Most rows."};
constexpr ArgumentSpec kConfig{.name = "config",
                               .type = Type::path,
                               .value_name = "FILE",
                               .default_text = "/etc/tapseal/tapseal.yaml where it exists",
                               .help = "Configuration file.",
                               .local = true};
constexpr ArgumentSpec kSet{.name = "set",
                            .type = Type::text,
                            .value_name = "GROUP.NAME=VALUE",
                            .help = "A setting that overrides the file; may stand several times.",
                            .local = true,
                            .repeated = true};

// read
constexpr ArgumentSpec kReadArguments[] = {
    {.name = "file",
     .type = Type::path,
     .arity = Arity::one_or_more,
     .value_name = "FILE",
     .help = "Capture files: pcap or pcapng.",
     .local = true},
    {.name = "table",
     .type = Type::flag,
     .help = "A table for people instead of JSON lines.",
     .local = true},
    {.name = "summary",
     .type = Type::flag,
     .help =
         "Afterwards, on standard error: what became of each flow that began like TLS, that the "
         "sum is right, and every counter that is not zero; with --json as one object.",
     .local = true},
    {.name = "ssh",
     .type = Type::flag,
     .help = "SSH connections too, with HASSH and HASSHServer.",
     .local = true},
};
constexpr string_view kReadExamples[] = {"tapseal read capture.pcap",
                                         "tapseal read *.pcapng | jq -r .sni | sort | uniq -c",
                                         "tapseal read --table capture.pcap"};

// cert
constexpr ArgumentSpec kCertArguments[] = {
    {.name = "file",
     .type = Type::path,
     .arity = Arity::one_or_more,
     .value_name = "FILE",
     .help = "Certificates: DER, or PEM with any number of them; - is standard input.",
     .local = true},
};
constexpr string_view kCertExamples[] = {"tapseal cert --json *.pem | jq -r .not_after"};

// up, down
constexpr ArgumentSpec kUpArguments[] = {
    kConfig,
    kSet,
    {.name = "foreground",
     .type = Type::flag,
     .short_name = 'f',
     .help = "Stay in the foreground and write the log to standard error.",
     .local = true},
    {.name = "timeout",
     .type = Type::duration,
     .value_name = "TIME",
     .default_text = "60s",
     .default_number = 60,
     .min = 1,
     .max = 3600,
     .help = "Longest wait for the daemon's answer.",
     .local = true},
};
constexpr string_view kUpExamples[] = {
    "tapseal up", "tapseal up --config configs/tapseal.yaml",
    "tapseal up --set 'ports=[{name: eth, device: \"net_af_packet0,iface=eth1\"}]'"};
constexpr ArgumentSpec kDownArguments[] = {
    {.name = "timeout",
     .type = Type::duration,
     .value_name = "TIME",
     .default_text = "60s",
     .default_number = 60,
     .min = 1,
     .max = 3600,
     .help = "Longest wait for the daemon to be gone.",
     .local = true},
};

// status
constexpr ArgumentSpec kStatusArguments[] = {
    {.name = "all", .type = Type::flag, .short_name = 'a', .help = "Counters that are zero, too."},
};
constexpr string_view kStatusExamples[] = {"tapseal status", "tapseal status --all --json"};

// flows
constexpr string_view kStages[] = {"probing", "capturing", "finished"};
constexpr ArgumentSpec kFlowsArguments[] = {
    kLimit,
    {.name = "address",
     .type = Type::text,
     .value_name = "IP[/LENGTH]",
     .help = "Only flows of this address or prefix, on either side."},
    {.name = "port",
     .type = Type::count,
     .short_name = 'p',
     .value_name = "PORT",
     .min = 0,
     .max = 65'535,
     .help = "Only flows with this port, on either side."},
    {.name = "core",
     .type = Type::count,
     .value_name = "N",
     .min = 0,
     .max = 63,
     .help = "Only flows of this poll core, counted from 0."},
    {.name = "stage",
     .type = Type::word,
     .value_name = "STAGE",
     .words = kStages,
     .help = "Only flows in this stage."},
};
constexpr string_view kFlowsExamples[] = {"tapseal flows --address 10.0.0.0/8 --port 443",
                                          "tapseal flows --stage capturing"};

// certs
constexpr ArgumentSpec kCertsArguments[] = {
    {.name = "expiring",
     .type = Type::duration,
     .value_name = "TIME",
     .min = 0,
     .max = kSecondsOfCentury,
     .help = "Only those that expire within this time from now; expired ones not."},
    {.name = "expired", .type = Type::flag, .help = "Only those that have expired."},
    {.name = "name",
     .type = Type::text,
     .value_name = "NAME",
     .help = "Only those for this DNS name, or *.domain for all names below it."},
    {.name = "issuer",
     .type = Type::text,
     .value_name = "TEXT",
     .help = "Only those whose issuer's common name contains this text."},
    kLimit,
};
constexpr string_view kCertsExamples[] = {"tapseal certs --expiring 30d",
                                          "tapseal certs --name '*.example.org' --json"};

// show
constexpr ArgumentSpec kShowArguments[] = {
    {.name = "thing",
     .type = Type::text,
     .arity = Arity::required,
     .value_name = "THING",
     .help = "An IP address with or without port, a network, a DNS name, or a hash: SHA-256 or "
             "SHA-1 of a certificate, SHA-256 of a public key (SPKI), JA3, JA3S, JA4."},
    kLimit,
};
constexpr string_view kShowExamples[] = {"tapseal show 192.0.2.10", "tapseal show example.org"};

// config
constexpr ArgumentSpec kConfigArguments[] = {
    {.name = "check",
     .type = Type::path,
     .value_name = "FILE",
     .help = "Only check this file: every problem with its line, exit code 78.",
     .local = true},
    {.name = "file",
     .type = Type::path,
     .value_name = "FILE",
     .help = "Show what would be in effect with this file, without a daemon.",
     .local = true},
    kSet,
    {.name = "example",
     .type = Type::flag,
     .help = "Print the annotated example file.",
     .local = true},
};
constexpr string_view kConfigExamples[] = {"tapseal config", "tapseal config --check new.yaml",
                                           "tapseal config --example > tapseal.yaml"};

// metrics, help, version, completion
constexpr ArgumentSpec kHelpArguments[] = {
    {.name = "command",
     .type = Type::command,
     .arity = Arity::optional,
     .value_name = "COMMAND",
     .help = "What to explain.",
     .local = true},
    {.name = "reference",
     .type = Type::flag,
     .help = "Print the whole command reference as Markdown.",
     .local = true},
    {.name = "man", .type = Type::flag, .help = "Print the manual page (roff).", .local = true},
};
constexpr string_view kShells[] = {"bash"};
constexpr ArgumentSpec kCompletionArguments[] = {
    {.name = "shell",
     .type = Type::word,
     .arity = Arity::required,
     .value_name = "SHELL",
     .words = kShells,
     .help = "Which shell.",
     .local = true},
};
constexpr string_view kCompletionExamples[] = {"source <(tapseal completion bash)"};

constexpr CommandSpec kCommands[] = {
    {.name = "read",
     .group = "Without a daemon",
     .help = "Read capture files: one JSON line per TLS session",
     .long_help =
         "Runs the same engine as the daemon on files and writes one line per TLS session to "
         "standard output, in the order of the files. Nothing has to be set up.",
     .place = Place::cli,
     .arguments = kReadArguments,
     .examples = kReadExamples},
    {.name = "cert",
     .group = "Without a daemon",
     .help = "Certificate files: what they say, and their hashes",
     .long_help = "Read as the tap reads them: whatever the bytes are, there is an answer.",
     .place = Place::cli,
     .arguments = kCertArguments,
     .examples = kCertExamples},
    {.name = "up",
     .group = "Daemon",
     .help = "Start the daemon and wait until it answers",
     .long_help = "Starts tapseald in the background and waits until it answers on its socket. If "
                  "it ends before, its last words are shown. The configuration is checked first, "
                  "so that a wrong file starts nothing (exit code 78).",
     .place = Place::cli,
     .arguments = kUpArguments,
     .examples = kUpExamples},
    {.name = "down",
     .group = "Daemon",
     .help = "Stop the daemon after it has written what it has seen",
     .long_help = "Asks the daemon to drain: no new packets are taken, handshakes under way are "
                  "reported, everything is written, then the daemon ends. Waits until it is gone.",
     .role = Role::operator_,
     .arguments = kDownArguments,
     .fields = command_columns::kDownFields},
    {.name = "status",
     .group = "Daemon",
     .help = "How the daemon is, what it receives and what it loses",
     .long_help =
         "One look: state, rates, room, and every counter that is not zero. Each reason for a lost "
         "packet or handshake is a counter of its own.\n\n"
         "The rows of the group `book` are the balance: flows that began like TLS = reported (each "
         "outcome is a row) + not reported (each loss is a row) + under way. `book` above them "
         "says "
         "that the sum is right.",
     .arguments = kStatusArguments,
     .fields = command_columns::kStatusFields,
     .columns = command_columns::kStatusColumns,
     .examples = kStatusExamples},
    {.name = "ports",
     .group = "Tap",
     .help = "The ports and what they receive",
     .long_help = "One row per port. Missed packets are lost before any poll core saw them.",
     .columns = command_columns::kPortsColumns},
    {.name = "flows",
     .group = "Tap",
     .help = "Flows that are followed now",
     .long_help = "A look into the flow tables while they work: each row is consistent in itself, "
                  "the rows together are not a snapshot of one moment.",
     .arguments = kFlowsArguments,
     .columns = command_columns::kFlowsColumns,
     .examples = kFlowsExamples},
    {.name = "watch",
     .group = "Tap",
     .help = "Sessions as they are seen",
     .long_help = watch_command::kLongHelp,
     .arguments = watch_command::kArguments,
     .fields = watch_command::kFields,
     .columns = watch_command::kColumns,
     .examples = watch_command::kExamples},
    {.name = "certs",
     .group = "Memory",
     .help = "Certificates, those that expire first on top",
     .long_help = "Certificates that servers showed, each once, with the number of services that "
                  "showed it. Conditions given together must all hold.",
     .arguments = kCertsArguments,
     .columns = command_columns::kCertsColumns,
     .examples = kCertsExamples},
    {.name = "show",
     .group = "Memory",
     .help = "All about an address, a name, a certificate or a fingerprint",
     .long_help =
         "What was seen of it and with it, in sections; whatever stands in a row can be shown in "
         "its turn.",
     .arguments = kShowArguments,
     .columns = command_columns::kShowColumns,
     .examples = kShowExamples},
    {.name = "config",
     .group = "Set-up",
     .help = "Settings in effect and where each comes from; check a file",
     .long_help = "Without options: the settings of the running daemon. With --check, --file or "
                  "--example no daemon is needed.",
     .arguments = kConfigArguments,
     .columns = command_columns::kConfigColumns,
     .examples = kConfigExamples},
    {.name = "metrics",
     .group = "Set-up",
     .help = "Metrics in Prometheus text format",
     .long_help = "Aggregates only, never one time series per certificate or address.",
     .fields = command_columns::kMetricsFields},
    {.name = "help",
     .group = "Set-up",
     .help = "Help on tapseal or on one command",
     .long_help = "The same text as `tapseal COMMAND --help`.",
     .place = Place::cli,
     .arguments = kHelpArguments},
    {.name = "version",
     .group = "Set-up",
     .help = "Version of this program, and of the daemon where one runs",
     .long_help = "Both should be the same; programs of different protocol versions do not talk.",
     .place = Place::cli},
    {.name = "completion",
     .group = "Set-up",
     .help = "Completion of commands and options for the shell",
     .long_help = "Prints a script; the shell reads it at start.",
     .place = Place::cli,
     .arguments = kCompletionArguments,
     .examples = kCompletionExamples},
};

}  // namespace

std::span<const CommandSpec> command_table() noexcept {
  return kCommands;
}

const CommandSpec* find_command(std::string_view name) noexcept {
  const auto* const found =
      std::find_if(std::begin(kCommands), std::end(kCommands),
                   [&](const CommandSpec& spec) { return spec.name == name; });
  return found == std::end(kCommands) ? nullptr : found;
}

const ArgumentSpec* find_argument(const CommandSpec& command, std::string_view name) noexcept {
  for (const ArgumentSpec& argument : command.arguments) {
    if (argument.name == name) return &argument;
  }
  for (const ArgumentSpec& argument : kCommon) {
    if (argument.name == name) return &argument;
  }
  return nullptr;
}

const ColumnSpec* find_column(std::span<const ColumnSpec> columns, std::string_view key) noexcept {
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const ColumnSpec& column) { return column.key == key; });
  return found == columns.end() ? nullptr : &*found;
}

std::span<const ArgumentSpec> common_options() noexcept {
  return kCommon;
}

}  // namespace control
