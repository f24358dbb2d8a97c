// SPDX-License-Identifier: Apache-2.0
#include "control/ipc/command_table.hpp"

#include "control/ipc/command_arguments.hpp"
#include "control/ipc/command_columns.hpp"
#include "control/ipc/database_command.hpp"
#include "control/ipc/label_command.hpp"
#include "control/ipc/memory_columns.hpp"
#include "control/ipc/memory_command.hpp"
#include "control/ipc/scan_command.hpp"
#include "control/ipc/watch_command.hpp"

#include <algorithm>

namespace control {
namespace {

using Type = ArgumentType;

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

constexpr CommandSpec kCommands[] = {
    {.name = "read",
     .group = "Without a daemon",
     .help = "Read capture files: one JSON line per TLS session",
     .long_help =
         "Runs the same engine as the daemon on files and writes one line per TLS session to "
         "standard output, in the order of the files. Nothing has to be set up.",
     .place = Place::cli,
     .arguments = command_arguments::kReadArguments,
     .examples = command_arguments::kReadExamples},
    {.name = "cert",
     .group = "Without a daemon",
     .help = "Certificate files: what they say, and their hashes",
     .long_help = "Read as the tap reads them: whatever the bytes are, there is an answer.",
     .place = Place::cli,
     .arguments = command_arguments::kCertArguments,
     .examples = command_arguments::kCertExamples},
    {.name = "up",
     .group = "Daemon",
     .help = "Start the daemon and wait until it answers",
     .long_help = "Starts tapseald in the background and waits until it answers on its socket. If "
                  "it ends before, its last words are shown. The configuration is checked first, "
                  "so that a wrong file starts nothing (exit code 78).",
     .place = Place::cli,
     .arguments = command_arguments::kUpArguments,
     .examples = command_arguments::kUpExamples},
    {.name = "down",
     .group = "Daemon",
     .help = "Stop the daemon after it has written what it has seen",
     .long_help = "Asks the daemon to drain: no new packets are taken, handshakes under way are "
                  "reported, everything is written, then the daemon ends. Waits until it is gone.",
     .role = Role::operator_,
     .arguments = command_arguments::kDownArguments,
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
     .arguments = command_arguments::kStatusArguments,
     .fields = command_columns::kStatusFields,
     .columns = command_columns::kStatusColumns,
     .examples = command_arguments::kStatusExamples},
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
     .arguments = command_arguments::kFlowsArguments,
     .columns = command_columns::kFlowsColumns,
     .examples = command_arguments::kFlowsExamples},
    {.name = "watch",
     .group = "Tap",
     .help = "Sessions as they are seen",
     .long_help = watch_command::kLongHelp,
     .arguments = watch_command::kArguments,
     .fields = watch_command::kFields,
     .columns = watch_command::kColumns,
     .examples = watch_command::kExamples},
    {.name = "scan",
     .group = "Scanner",
     .help = "Ask addresses for their certificates",
     .long_help = scan_command::kScanHelp,
     .role = Role::operator_,
     .arguments = scan_command::kScanArguments,
     .fields = scan_command::kScanFields,
     .columns = scan_command::kScanColumns,
     .examples = scan_command::kScanExamples},
    {.name = "scans",
     .group = "Scanner",
     .help = "Scans: what each asked, how far it is, what it found",
     .long_help =
         "Those under way and those of the past, the latest first. `remaining` is how long "
         "the rest takes at the present rate.",
     .arguments = scan_command::kScansArguments,
     .columns = scan_command::kScansColumns,
     .examples = scan_command::kScansExamples},
    {.name = "pause",
     .group = "Scanner",
     .help = "Hold a scan: no probe leaves any more, what was asked is still heard",
     .long_help = "`tapseal resume` goes on from there, also after the daemon was started again.",
     .role = Role::operator_,
     .arguments = scan_command::kOneScan,
     .fields = scan_command::kStateFields},
    {.name = "resume",
     .group = "Scanner",
     .help = "Go on with a scan that was paused, stopped or cut off",
     .long_help = "It goes on from its last checkpoint: no target is left out, and some of those "
                  "that were asked last are asked again.",
     .role = Role::operator_,
     .arguments = scan_command::kResumeArguments,
     .fields = scan_command::kScanFields,
     .columns = scan_command::kScanColumns},
    {.name = "stop",
     .group = "Scanner",
     .help = "End a scan at once: nothing of it is sent 100 ms later",
     .long_help = "Connections under way are reset. What was found stays; `tapseal resume` would "
                  "ask the rest.",
     .role = Role::operator_,
     .arguments = scan_command::kOneScan,
     .fields = scan_command::kStateFields},
    {.name = "import",
     .group = "Scanner",
     .help = "Results of masscan, nmap and D4: into the memory, or as targets",
     .long_help = "Reads the files that `masscan -oL`, `-oJ` and `-oB` and `nmap -oX` write. Their "
                  "certificates go into the memory of the daemon with the source `imported`. With "
                  "--targets or --json nothing is stored: open ports are printed as targets for "
                  "`tapseal scan --file`, or everything as lines of JSON.\n\n"
                  "--from d4 reads the database of a D4 passive SSL analyzer: sessions, links, "
                  "fingerprints, keys, and certificates whose files it can read. It needs the "
                  "rights of `tapseal db`, can be repeated, and goes on where it was cut off.",
     .place = Place::cli,
     .arguments = scan_command::kImportArguments,
     .examples = scan_command::kImportExamples},
    {.name = "store",
     .group = "Scanner",
     .help = "Keep results of other scanners, as lines of JSON",
     .long_help = "What `tapseal import` does with what it has read.",
     .role = Role::operator_,
     .arguments = scan_command::kStoreArguments,
     .fields = scan_command::kStoreFields},
    {.name = "certs",
     .group = "Memory",
     .help = "Certificates, those that expire first on top",
     .long_help = memory_command::kLongHelp,
     .arguments = memory_command::kCertsArguments,
     .fields = memory_columns::kListFields,
     .columns = memory_columns::kCertsColumns,
     .examples = memory_command::kCertsExamples},
    {.name = "hosts",
     .group = "Memory",
     .help = "Services that answered in TLS, and what they show",
     .long_help = memory_command::kLongHelp,
     .arguments = memory_command::kListArguments,
     .fields = memory_columns::kListFields,
     .columns = memory_columns::kHostsColumns,
     .examples = memory_command::kHostsExamples},
    {.name = "names",
     .group = "Memory",
     .help = "Names in certificates and names that were asked for",
     .long_help = memory_command::kLongHelp,
     .arguments = memory_command::kListArguments,
     .fields = memory_columns::kListFields,
     .columns = memory_columns::kNamesColumns,
     .examples = memory_command::kNamesExamples},
    {.name = "cas",
     .group = "Memory",
     .help = "Who issued the certificates, and how many",
     .long_help = memory_command::kLongHelp,
     .arguments = memory_command::kListArguments,
     .fields = memory_columns::kListFields,
     .columns = memory_columns::kCasColumns,
     .examples = memory_command::kCasExamples},
    {.name = "keys",
     .group = "Memory",
     .help = "Public keys, and how many certificates share each",
     .long_help = memory_command::kLongHelp,
     .arguments = memory_command::kListArguments,
     .fields = memory_columns::kListFields,
     .columns = memory_columns::kKeysColumns,
     .examples = memory_command::kKeysExamples},
    {.name = "fingerprints",
     .group = "Memory",
     .help = "Fingerprints of clients and services, and how common each is",
     .long_help = memory_command::kLongHelp,
     .arguments = memory_command::kListArguments,
     .fields = memory_columns::kListFields,
     .columns = memory_columns::kPrintsColumns,
     .examples = memory_command::kPrintsExamples},
    {.name = "changes",
     .group = "Memory",
     .help = "What began, and what was replaced by what, of late",
     .long_help = memory_command::kLongHelp,
     .arguments = memory_command::kListArguments,
     .fields = memory_columns::kListFields,
     .columns = memory_columns::kChangesColumns,
     .examples = memory_command::kChangesExamples},
    {.name = "show",
     .group = "Memory",
     .help = "All about an address, a name, a certificate or a fingerprint",
     .long_help =
         "What was seen of it and with it, in sections; whatever stands in a row can be shown in "
         "its turn. What is kept for good answers also when the sessions have gone.",
     .arguments = memory_command::kShowArguments,
     .columns = memory_columns::kShowColumns,
     .examples = memory_command::kShowExamples},
    {.name = "tags",
     .group = "Memory",
     .help = "The rules by which things bear tags and have owners",
     .long_help =
         "Services bear the tags of all rules that apply to them, certificates those of the "
         "services that show them. Lists take tag:TAG and owner:NAME.",
     .columns = label_command::kTagsColumns},
    {.name = "tag",
     .group = "Memory",
     .help = "Give a tag, and an owner, to what fulfils all conditions",
     .long_help = "The rule counts for what was seen and for what will be. An owner that is not "
                  "known yet becomes one.",
     .role = Role::operator_,
     .arguments = label_command::kTagArguments,
     .fields = label_command::kTagFields,
     .examples = label_command::kTagExamples},
    {.name = "untag",
     .group = "Memory",
     .help = "Take a rule away",
     .long_help = "What bore its tag does so no more.",
     .role = Role::operator_,
     .arguments = label_command::kUntagArguments,
     .fields = label_command::kRemovedFields},
    {.name = "owners",
     .group = "Memory",
     .help = "Who has something",
     .long_help = "With the number of rules that name each.",
     .columns = label_command::kOwnersColumns},
    {.name = "owner",
     .group = "Memory",
     .help = "Name an owner and how to reach them",
     .long_help = "An owner of that name gets the new contact.",
     .role = Role::operator_,
     .arguments = label_command::kOwnerArguments,
     .fields = label_command::kOwnerFields,
     .examples = label_command::kOwnerExamples},
    {.name = "db",
     .group = "Memory",
     .help = "The memory itself: state, backup, restore, upkeep",
     .long_help = database_command::kLongHelp,
     .role = Role::operator_,
     .arguments = database_command::kArguments,
     .fields = database_command::kFields,
     .columns = database_command::kColumns,
     .examples = database_command::kExamples},
    {.name = "config",
     .group = "Set-up",
     .help = "Settings in effect and where each comes from; check a file",
     .long_help = "Without options: the settings of the running daemon. With --check, --file or "
                  "--example no daemon is needed.",
     .arguments = command_arguments::kConfigArguments,
     .columns = command_columns::kConfigColumns,
     .examples = command_arguments::kConfigExamples},
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
     .arguments = command_arguments::kHelpArguments},
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
     .arguments = command_arguments::kCompletionArguments,
     .examples = command_arguments::kCompletionExamples},
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
