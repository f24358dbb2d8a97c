// SPDX-License-Identifier: Apache-2.0
// `tapseal scan` and what belongs to it. Part of command_table.cpp, apart only for its length.
#pragma once

#include "control/ipc/scan_columns.hpp"

namespace control::scan_command {

using std::string_view;
using Type = ArgumentType;

inline constexpr int64_t kScansMax = 1'000'000'000;

// What `scan` and `resume` say alike of how it is shown.
inline constexpr ArgumentSpec kAll{
    .name = "all",
    .type = Type::flag,
    .short_name = 'a',
    .help = "Show and keep closed, unreachable and silent targets, too."};
inline constexpr ArgumentSpec kDetach{.name = "detach",
                                      .type = Type::flag,
                                      .short_name = 'd',
                                      .help = "Do not wait: `tapseal scans` shows how far it is."};
inline constexpr ArgumentSpec kRecords{
    .name = "records",
    .type = Type::flag,
    .help = "Native records instead of rows; what --json asks for."};

inline constexpr ArgumentSpec kScanArguments[] = {
    {.name = "target",
     .type = Type::text,
     .arity = Arity::any_number,
     .value_name = "TARGET",
     .help = "Addresses, networks (10.0.0.0/8), ranges (10.0.0.5-10.0.0.9, 10.0.0-3.1-254), names, "
             "address:port. A name is asked for by its name (SNI)."},
    {.name = "file",
     .type = Type::document,
     .short_name = 'f',
     .value_name = "FILE",
     .help = "Targets from a file, # begins a comment; - is standard input."},
    {.name = "ports",
     .type = Type::text,
     .short_name = 'p',
     .value_name = "PORTS",
     .default_text = "tls",
     .help = "Numbers, ranges and names: 443,8000-8100,smtp. tls: every port that usually speaks "
             "it, at once or after STARTTLS."},
    {.name = "exclude",
     .type = Type::text,
     .value_name = "TARGET",
     .help = "What is left out, beside scan.exclude; may stand several times.",
     .repeated = true},
    {.name = "name",
     .type = Type::text,
     .value_name = "NAME",
     .help = "A name to ask every TLS service for, beside none; may stand several times.",
     .repeated = true},
    {.name = "rate",
     .type = Type::count,
     .short_name = 'r',
     .value_name = "N",
     .default_text = "scan.rate",
     .min = 1,
     .max = 100'000'000,
     .help = "SYNs per second; scan.rate_max is never passed."},
    {.name = "attempts",
     .type = Type::count,
     .value_name = "N",
     .default_text = "scan.attempts",
     .min = 1,
     .max = 16,
     .help = "How often a target is asked that does not answer."},
    {.name = "shard",
     .type = Type::text,
     .value_name = "I/N",
     .help = "Only the I-th of N parts that together ask everything once: one for each machine, "
             "with the same --seed."},
    {.name = "seed",
     .type = Type::count,
     .value_name = "N",
     .default_text = "random",
     .min = 0,
     .max = INT64_MAX,
     .help = "Decides the order of the targets."},
    {.name = "fleet",
     .type = Type::flag,
     .help = "Share it with every scanner on the same database that has scan.fleet; --rate is of "
             "all together. Comes back at once: `tapseal scans` shows how far they are."},
    {.name = "window",
     .type = Type::text,
     .value_name = "TIMES",
     .help = "Ask only then, as in 22:00-06:00 or \"Sat Sun\"; may stand several times.",
     .repeated = true},
    {.name = "adapt",
     .type = Type::flag,
     .help = "Slow down where answers get lost, and speed up again."},
    {.name = "brief",
     .type = Type::flag,
     .help = "One certificate of each TLS service: not that of its other key, nor the one without "
             "a name."},
    {.name = "jarm", .type = Type::flag, .help = "JARM of each TLS service: ten connections."},
    {.name = "versions", .type = Type::flag, .help = "Every protocol version that is accepted."},
    {.name = "ciphers",
     .type = Type::flag,
     .help = "Every cipher suite that is accepted, of each version: many connections."},
    {.name = "groups",
     .type = Type::flag,
     .help = "The key exchange group chosen, with and without a post-quantum one on offer."},
    {.name = "old-ssl", .type = Type::flag, .help = "SSL 3.0 and 2.0, too: they crash old things."},
    {.name = "udp",
     .type = Type::flag,
     .help = "DTLS and QUIC, too, on the usual ones of the ports."},
    {.name = "dry-run",
     .type = Type::flag,
     .help = "Send nothing: say how many targets, packets and how long."},
    kAll,
    kDetach,
    kRecords,
};
inline constexpr string_view kScanExamples[] = {
    "tapseal scan 10.0.0.0/8 -p 443,tls", "tapseal scan --dry-run 10.1.0.0/16",
    "tapseal scan --fleet 10.0.0.0/8 -p tls --rate 20000",
    "tapseal scan mail.example.org 10.2.3.4:8443 --jarm --versions",
    "tapseal scan --json --all 10.0.0.0/24 -p https > results.jsonl"};
inline constexpr string_view kScanHelp =
    "Asks every target once, in an order that spreads over all networks, and those that do not "
    "answer again. Every target ends as open, closed, unreachable, silent or lost-locally; an open "
    "one as TLS with its certificates, or with the reason why not. Only what scan.allow holds is "
    "ever asked.\n\n"
    "Ctrl-C pauses the scan; `tapseal resume` goes on. It also survives the daemon: what was asked "
    "last is asked again.";

inline constexpr ArgumentSpec kScansArguments[] = {
    {.name = "limit",
     .type = Type::count,
     .short_name = 'n',
     .value_name = "N",
     .default_text = "100",
     .default_number = 100,
     .min = 1,
     .max = 100'000,
     .help = "Most rows."},
};
inline constexpr string_view kScansExamples[] = {"tapseal scans", "tapseal scans --json"};

inline constexpr ArgumentSpec kFleet{.name = "fleet",
                                     .type = Type::flag,
                                     .help = "N is one that several scanners share: all of it."};
inline constexpr ArgumentSpec kOneScan[] = {
    {.name = "scan",
     .type = Type::count,
     .arity = Arity::required,
     .value_name = "N",
     .min = 1,
     .max = kScansMax,
     .help = "Its number: `tapseal scans` lists them."},
    kFleet,
};
inline constexpr ArgumentSpec kResumeArguments[] = {
    kOneScan[0], kFleet, kAll, kDetach, kRecords,
};

inline constexpr string_view kImportKinds[] = {"masscan", "nmap", "d4"};
inline constexpr ArgumentSpec kImportArguments[] = {
    {.name = "from",
     .type = Type::word,
     .value_name = "PROGRAM",
     .words = kImportKinds,
     .help = "Which program wrote the files; d4: the database of a D4 passive SSL analyzer.",
     .local = true},
    {.name = "targets",
     .type = Type::flag,
     .help = "Print open ports as targets and store nothing.",
     .local = true},
    {.name = "file",
     .type = Type::path,
     .arity = Arity::one_or_more,
     .value_name = "FILE",
     .help = "Files that it wrote; of d4 one postgresql:// address.",
     .local = true},
    {.name = "folder",
     .type = Type::path,
     .value_name = "DIR",
     .help = "d4: a folder of certificate files more, as its sensor writes them.",
     .local = true},
};
inline constexpr ArgumentSpec kStoreArguments[] = {
    {.name = "results",
     .type = Type::document,
     .arity = Arity::required,
     .value_name = "FILE",
     .help = "Lines of JSON as `tapseal import --json` prints them; - is standard input."},
};
inline constexpr string_view kImportExamples[] = {
    "tapseal import --from masscan scan.json",
    "tapseal import --from nmap --targets scan.xml | tapseal scan --file -",
    "tapseal import --from d4 postgresql://reader@d4.example/passivessl"};

}  // namespace control::scan_command
