// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/db_mode.hpp"

#include "control/cli/exit_code.hpp"
#include "control/cli/interrupt.hpp"
#include "control/cli/reply_printer.hpp"
#include "control/storage/backup.hpp"
#include "control/storage/database_status.hpp"
#include "control/storage/distribution.hpp"

#include <charconv>
#include <cstdio>

namespace control {
namespace {

using flowtable::OrError;

int fail(ExitCode code, const std::string& message) {
  std::fprintf(stderr, "tapseal: db: %s\n", message.c_str());
  return static_cast<int>(code);
}
int fail(const std::string& message) {
  return fail(ExitCode::failed, message);
}

const CommandSpec& db_command() {
  return *find_command("db");
}

// Numbers travel as numbers, absent values as null.
Json value_of(const std::string& text) {
  if (text.empty()) return nullptr;
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  return text;
}

class Answer {
 public:
  explicit Answer(const DbOptions& options)
      : printer_(db_command(), options.json ? OutputFormat::json : OutputFormat::table) {}
  void field(const std::string& name, const Json& value) { printer_.field(name, value); }
  void row(const std::string& section, const Json& values) {
    printer_.row({{"section", section}, {"values", values}});
  }
  [[nodiscard]] int finish() {
    return printer_.finish() ? static_cast<int>(ExitCode::ok)
                             : fail("standard output cannot be written");
  }

 private:
  ReplyPrinter printer_;
};

int show_status(const DbOptions& options, const OpenedMemory& memory,
                DatabaseConnection& database) {
  const OrError<DatabaseStatus> status = database_status(database);
  if (!status) return fail(status.error().message);
  Answer answer(options);
  for (const auto& [name, value] : status.value().fields) {
    const ColumnSpec* const column = find_column(db_command().fields, name);
    const bool is_text = column != nullptr && column->kind == ColumnKind::text;
    answer.field(name, is_text && !value.empty() ? Json(value) : value_of(value));
  }
  answer.field("keep_sessions", memory.keep_sessions().count());
  answer.field("keep_links", memory.keep_links().count());
  for (const QuerySection& section : status.value().sections) {
    for (const std::vector<std::string>& row : section.rows) {
      Json values = Json::object();
      for (size_t column = 0; column < row.size(); ++column)
        values[section.columns[column]] = value_of(row[column]);
      answer.row(section.heading, values);
    }
  }
  return answer.finish();
}

int write_backup(const DbOptions& options, const OpenedMemory& memory, int cancel) {
  const std::string& file = options.files.front();
  const OrError<BackupFacts> done = back_up(memory.address(), file, cancel);
  if (!done) return fail(done.error().message);
  if (done.value().cancelled)
    return fail(ExitCode::interrupted, "interrupted; " + file + " is as it was");
  Answer answer(options);
  answer.field("file", file);
  answer.field("bytes", done.value().bytes);
  return answer.finish();
}

int restore_backup(const DbOptions& options, const OpenedMemory& memory, int cancel) {
  // Its writer would go on into whatever is there then.
  if (memory.is_in_use()) return fail("restore: a daemon writes to this memory: tapseal down");
  const std::string& file = options.files.front();
  const OrError<RestoreFacts> done = restore(memory.address(), {file, options.force, cancel});
  if (!done) return fail("restore: " + done.error().message);
  if (done.value().cancelled)
    return fail(ExitCode::interrupted, "interrupted; the memory is as it was");
  Answer answer(options);
  answer.field("file", file);
  answer.field("schema", done.value().version);
  answer.field("migrations_applied", done.value().migrations_applied);
  return answer.finish();
}

int vacuum_all(const DbOptions& options, DatabaseConnection& database) {
  Answer answer(options);
  const OrError<void> done = vacuum(database, [&](const VacuumedTable& table) {
    answer.row("vacuumed", {{"table", table.table},
                            {"milliseconds", table.milliseconds},
                            {"bytes_before", value_of(table.bytes_before)},
                            {"bytes_after", value_of(table.bytes_after)}});
  });
  const int printed = answer.finish();
  return done ? printed : fail("vacuum: " + done.error().message);
}

int distribute_all(const DbOptions& options, DatabaseConnection& database) {
  const auto able = can_distribute(database);
  if (!able) return fail(able.error().message);
  const auto done = distribute(database);
  if (!done && !able.value())
    return fail(exit_code_of(ErrorCode::unavailable), done.error().message);
  if (!done) return fail(done.error().message);
  Answer answer(options);
  for (const DistributedTable& table : done.value()) {
    answer.row("distributed",
               {{"table", table.placement.table},
                {"by", table.placement.is_distributed() ? Json(table.placement.column) : Json()},
                {"was_already", table.was_already}});
  }
  return answer.finish();
}

}  // namespace

int maintain_database(const DbOptions& options) {
  const bool takes_file = options.verb == "backup" || options.verb == "restore";
  if (takes_file == options.files.empty() || options.files.size() > 1)
    return fail(ExitCode::usage,
                options.verb + (takes_file ? ": name one FILE" : ": takes no FILE"));
  // Not for psql, which has a use of its own for Ctrl-C.
  UniqueFd cancel;
  if (takes_file) cancel = catch_interrupt();
  auto memory = OpenedMemory::open(options.memory);
  if (!memory) {
    const bool settings = memory.error().code == ErrorCode::bad_argument;
    return fail(settings ? ExitCode::bad_config : exit_code_of(memory.error().code),
                memory.error().message);
  }
  if (options.verb == "backup") return write_backup(options, memory.value(), cancel.get());
  if (options.verb == "restore") return restore_backup(options, memory.value(), cancel.get());
  if (options.verb == "psql") return run_psql(memory.value(), options.write);
  auto database =
      DatabaseConnection::open(memory.value().address(), {.application_name = "tapseal db"});
  if (!database) return fail(database.error().message);
  if (options.verb == "status") return show_status(options, memory.value(), database.value());
  if (options.verb == "vacuum") return vacuum_all(options, database.value());
  if (options.verb == "distribute") return distribute_all(options, database.value());
  return fail(ExitCode::usage, "`" + options.verb + "` is not understood");
}

}  // namespace control
