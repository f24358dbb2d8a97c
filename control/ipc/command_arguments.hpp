// SPDX-License-Identifier: Apache-2.0
// What people may say behind each command. Part of command_table.cpp, apart only for its length.
#pragma once

#include "control/ipc/command_table.hpp"

namespace control::command_arguments {

using std::string_view;
using Type = ArgumentType;

inline constexpr ArgumentSpec kLimit{.name = "limit",
                                     .type = Type::count,
                                     .short_name = 'n',
                                     .value_name = "N",
                                     .default_text = "100",
                                     .default_number = 100,
                                     .min = 1,
                                     .max = 100'000,
                                     .help = "Most rows."};
inline constexpr ArgumentSpec kConfig{.name = "config",
                                      .type = Type::path,
                                      .value_name = "FILE",
                                      .default_text = "/etc/tapseal/tapseal.yaml where it exists",
                                      .help = "Configuration file.",
                                      .local = true};
inline constexpr ArgumentSpec kSet{
    .name = "set",
    .type = Type::text,
    .value_name = "GROUP.NAME=VALUE",
    .help = "A setting that overrides the file; may stand several times.",
    .local = true,
    .repeated = true};

// read
inline constexpr ArgumentSpec kReadArguments[] = {
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
inline constexpr string_view kReadExamples[] = {
    "tapseal read capture.pcap", "tapseal read *.pcapng | jq -r .sni | sort | uniq -c",
    "tapseal read --table capture.pcap"};

// cert
inline constexpr ArgumentSpec kCertArguments[] = {
    {.name = "file",
     .type = Type::path,
     .arity = Arity::one_or_more,
     .value_name = "FILE",
     .help = "Certificates: DER, or PEM with any number of them; - is standard input.",
     .local = true},
};
inline constexpr string_view kCertExamples[] = {"tapseal cert --json *.pem | jq -r .not_after"};

// up, down
inline constexpr ArgumentSpec kUpArguments[] = {
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
inline constexpr string_view kUpExamples[] = {
    "tapseal up", "tapseal up --config configs/tapseal.yaml",
    "tapseal up --set 'ports=[{name: eth, device: \"net_af_packet0,iface=eth1\"}]'"};
inline constexpr ArgumentSpec kDownArguments[] = {
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
inline constexpr ArgumentSpec kStatusArguments[] = {
    {.name = "all", .type = Type::flag, .short_name = 'a', .help = "Counters that are zero, too."},
};
inline constexpr string_view kStatusExamples[] = {"tapseal status", "tapseal status --all --json"};

// flows
inline constexpr string_view kStages[] = {"probing", "capturing", "finished"};
inline constexpr ArgumentSpec kFlowsArguments[] = {
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
inline constexpr string_view kFlowsExamples[] = {"tapseal flows --address 10.0.0.0/8 --port 443",
                                                 "tapseal flows --stage capturing"};

// config
inline constexpr ArgumentSpec kConfigArguments[] = {
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
inline constexpr string_view kConfigExamples[] = {
    "tapseal config", "tapseal config --check new.yaml", "tapseal config --example > tapseal.yaml"};

// metrics, help, version, completion
inline constexpr ArgumentSpec kHelpArguments[] = {
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
inline constexpr string_view kShells[] = {"bash"};
inline constexpr ArgumentSpec kCompletionArguments[] = {
    {.name = "shell",
     .type = Type::word,
     .arity = Arity::required,
     .value_name = "SHELL",
     .words = kShells,
     .help = "Which shell.",
     .local = true},
};
inline constexpr string_view kCompletionExamples[] = {"source <(tapseal completion bash)"};

}  // namespace control::command_arguments
