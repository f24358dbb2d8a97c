// SPDX-License-Identifier: Apache-2.0
// `tapseal watch`. Part of command_table.cpp, apart only for its length.
#pragma once

#include "control/ipc/command_table.hpp"

namespace control::watch_command {

inline constexpr ArgumentSpec kArguments[] = {
    {.name = "filter",
     .type = ArgumentType::filter,
     .arity = Arity::any_number,
     .value_name = "FILTER",
     .help = "Only sessions that pass all of these."},
    {.name = "limit",
     .type = ArgumentType::count,
     .short_name = 'n',
     .value_name = "N",
     .default_text = "no end",
     .min = 1,
     .max = 1'000'000'000,
     .help = "End after so many sessions."},
    {.name = "records",
     .type = ArgumentType::flag,
     .help = "Native records, as `read` writes them, instead of rows; what --json asks for."},
};
inline constexpr std::string_view kExamples[] = {
    "tapseal watch", "tapseal watch port:443,8443 sni:*.example.org",
    "tapseal watch server:10.0.0.0/8 'version<1.2'", "tapseal watch complete:no -missing:alert",
    "tapseal watch --json --limit 100 transport:quic"};

inline constexpr std::string_view kLongHelp =
    "One line for each session that passes the filters, from now on and until Ctrl-C. Filters "
    "look like FIELD:VALUE; several values stand with commas between them, and one of them "
    "has "
    "to fit. In texts * stands for any characters; numbers and versions can be compared with "
    "<, "
    "<=, > and >= (in quotes, for the shell). A - before a filter turns its meaning round, "
    "and "
    "a - as value asks for what is absent.\n\n"
    "Who reads too slowly misses sessions, and is told how many; the daemon waits for nobody.";

inline constexpr ColumnSpec kFields[] = {
    {"watching", "watching", ColumnKind::text,
     "Said once, when what is seen from now on will be shown."},
    {"missed", "missed", ColumnKind::count,
     "Sessions left out here, because the reader was too slow."},
};

inline constexpr ColumnSpec kColumns[] = {
    {"ts", "time", ColumnKind::text, "First packet, UTC.", 19},
    {"client", "client", ColumnKind::text, "Address and port.", 21},
    {"server", "server", ColumnKind::text, "Address and port.", 21},
    {"sni", "name", ColumnKind::text, "Server name asked for.", 28},
    {"version", "version", ColumnKind::text, "Chosen by the server.", 8},
    {"ja4", "ja4", ColumnKind::text, "Fingerprint of the client.", 36},
    {"certificate", "certificate", ColumnKind::text,
     "Name and end of the server's certificate, or why there is none."},
};

}  // namespace control::watch_command
