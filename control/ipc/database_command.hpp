// SPDX-License-Identifier: Apache-2.0
// `tapseal db`. Part of command_table.cpp, apart only for its length.
#pragma once

#include "control/ipc/command_arguments.hpp"

namespace control::database_command {

using std::string_view;
using Type = ArgumentType;
using Kind = ColumnKind;

inline constexpr string_view kLongHelp =
    "Upkeep of the memory, the private one as well as yours. While the daemon runs it is asked "
    "where the memory is, which needs an operator's rights; otherwise the settings say so. A "
    "private one then takes root or the account of the daemon.\n\n"
    "status: server, schema and its migrations, tables with rows (estimated) and bytes, days of "
    "sessions, what each writer stored last.\n\n"
    "backup FILE: one moment of everything, in pg_dump's custom format, while the daemon goes "
    "on.\n\n"
    "restore FILE: the memory becomes what the file holds, all of it or nothing. The daemon must "
    "be down, and the memory empty unless --force is given. An older schema is brought up; a "
    "newer one is refused.\n\n"
    "vacuum: VACUUM ANALYZE of every table.\n\n"
    "psql: PostgreSQL's own program, on the memory. It reads only, unless --write is given.\n\n"
    "distribute: spreads the memory over the servers of a Citus cluster; refused where the "
    "extension is not there.";

inline constexpr string_view kVerbs[] = {"status", "backup", "restore",
                                         "vacuum", "psql",   "distribute"};

inline constexpr ArgumentSpec kArguments[] = {
    {.name = "verb",
     .type = Type::word,
     .arity = Arity::required,
     .value_name = "VERB",
     .words = kVerbs,
     .help = "What to do.",
     .local = true},
    {.name = "file",
     .type = Type::path,
     .arity = Arity::optional,
     .value_name = "FILE",
     .help = "Of backup and restore.",
     .local = true},
    {.name = "force",
     .type = Type::flag,
     .help = "restore: drop what is in the memory now.",
     .local = true},
    {.name = "write", .type = Type::flag, .help = "psql: may change things.", .local = true},
    command_arguments::kConfig,
    command_arguments::kSet,
};
inline constexpr string_view kExamples[] = {
    "tapseal db status", "tapseal db backup /var/backups/tapseal.dump",
    "tapseal db restore tapseal.dump --force", "tapseal db psql"};

// What the daemon answers, then what `status` shows.
inline constexpr ColumnSpec kFields[] = {
    {"url", "address", Kind::text, "Of a database that is yours, with its password."},
    {"socket_dir", "socket", Kind::text, "Directory of the private one's socket."},
    {"keep_sessions", "sessions kept", Kind::duration, "0: for ever."},
    {"keep_links", "links kept", Kind::duration, "0: for ever."},
    {"server", "server", Kind::text, "Version of PostgreSQL."},
    {"database", "database", Kind::text, "Its name."},
    {"schema", "schema", Kind::count, "Version of the schema: the last migration applied."},
    {"schema_known", "of this build", Kind::count, "The last migration that tapseal knows."},
    {"bytes", "size", Kind::bytes, "Of everything in the database."},
    {"session_partitions", "days of sessions", Kind::count, "Partitions."},
    {"sessions_from", "from", Kind::text, "The first of them."},
    {"sessions_to", "to", Kind::text, "The last; some lie ahead."},
    {"citus", "citus", Kind::text, "Version of the extension, where it is there."},
    {"file", "file", Kind::text, "Written or read."},
    {"migrations_applied", "migrations applied", Kind::count, "After a restore."},
};
inline constexpr ColumnSpec kColumns[] = {
    {"section", "section", Kind::text, "migrations, tables, writers, vacuumed, distributed."},
    {"values", "values", Kind::values, "The row; each section has columns of its own."},
};

}  // namespace control::database_command
