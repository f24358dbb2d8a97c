// SPDX-License-Identifier: Apache-2.0
#include "control/storage/backup.hpp"

#include "control/storage/client_programs.hpp"
#include "control/storage/distribution.hpp"
#include "control/storage/failed.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

namespace control {
namespace {

namespace fs = std::filesystem;
using flowtable::Failure;
using flowtable::OrError;

// A file that is written beside its final place. Removed where it was not put there.
class PartFile {
 public:
  explicit PartFile(fs::path target) : target_(std::move(target)), part_(target_) {
    part_ += ".part";
  }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile() {
    if (file_ < 0) return;
    unlink(part_.c_str());
    close(file_);
  }

  // What an earlier one left behind is overwritten; one that is being written is not.
  OrError<void> open() {
    file_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file_ < 0) return failed(part_.string() + ": cannot be written: " + std::strerror(errno));
    if (flock(file_, LOCK_EX | LOCK_NB) == 0) return {};
    close(file_);
    file_ = -1;
    return failed(part_.string() + ": another backup is writing it");
  }

  // What is in it survives a power cut before it takes the place of what is there.
  OrError<uintmax_t> put_in_place() {
    struct stat now {};
    if (fsync(file_) != 0 || fstat(file_, &now) != 0 ||
        rename(part_.c_str(), target_.c_str()) != 0) {
      return failed(target_.string() + ": cannot be written: " + std::strerror(errno));
    }
    close(file_);
    file_ = -1;
    const int directory = ::open(target_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory >= 0) {
      fsync(directory);
      close(directory);
    }
    return static_cast<uintmax_t>(now.st_size);
  }

  [[nodiscard]] const fs::path& part() const noexcept { return part_; }

 private:
  fs::path target_;
  fs::path part_;
  int file_ = -1;
};

OrError<DatabaseConnection> open_database(const DatabaseAddress& address) {
  auto database = DatabaseConnection::open(address, {.application_name = "tapseal db"});
  if (!database) return failed(database.error().message);
  return std::move(database).value();
}

// How many rows of `sql`; an error where it cannot be asked.
OrError<std::string> first_text(DatabaseConnection& database, const std::string& sql) {
  const auto rows = database.query(sql);
  if (!rows) return failed(rows.error().message);
  return std::string(rows.value().num_rows() == 0 ? "" : rows.value().text(0, 0));
}

std::string listed_tables() {
  std::string out;
  for (const TablePlacement& placement : table_placements())
    out += (out.empty() ? "'" : ", '") + std::string(placement.table) + "'";
  return out;
}

// A table of the memory that holds rows; empty where none does. What only says who was there
// (sensor, cursor, migrations) is no memory.
OrError<std::string> table_with_rows(DatabaseConnection& database) {
  constexpr std::string_view kNoMemory[] = {"schema_migration", "sensor", "ingest_cursor"};
  for (const TablePlacement& placement : table_placements()) {
    const std::string table(placement.table);
    if (std::ranges::find(kNoMemory, placement.table) != std::end(kNoMemory)) continue;
    const OrError<std::string> there =
        first_text(database, "SELECT to_regclass('" + table + "') IS NOT NULL");
    if (!there) return there;
    if (there.value() != "t") continue;
    const OrError<std::string> filled =
        first_text(database, "SELECT EXISTS (SELECT FROM " + table + ")");
    if (!filled) return filled;
    if (filled.value() == "t") return table;
  }
  return std::string();
}

OrError<void> check_target(DatabaseConnection& database, const RestoreOptions& options) {
  const OrError<std::string> others =
      first_text(database,
                 "SELECT string_agg(DISTINCT application_name, ', ') FROM pg_stat_activity"
                 " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                 " AND application_name LIKE 'tapseal%'");
  if (!others) return Failure{others.error()};
  if (!others.value().empty()) {
    return failed("the database is in use (" + others.value() +
                  "): stop every tapseald that writes to it first");
  }
  const OrError<std::string> strange =
      first_text(database,
                 "SELECT string_agg(relname, ', ') FROM pg_class WHERE relkind IN ('r', 'p')"
                 " AND NOT relispartition AND relnamespace = 'public'::regnamespace"
                 " AND relname NOT IN (" +
                     listed_tables() + ")");
  if (!strange) return Failure{strange.error()};
  if (!strange.value().empty()) {
    return failed("the database holds tables that are not tapseal's (" + strange.value() +
                  "): give a database of its own");
  }
  const OrError<std::string> filled = table_with_rows(database);
  if (!filled) return Failure{filled.error()};
  if (filled.value().empty() || options.force) return {};
  return failed("the memory is not empty (" + filled.value() +
                "): back it up, then restore with --force, which drops what is in it");
}

bool takes_a_table(std::string_view function) {
  return std::ranges::any_of(table_placements(), [&](const TablePlacement& each) {
    return function.find("(" + std::string(each.table) + ",") != std::string_view::npos;
  });
}

// All of the schema, whichever version of it is there. A function over rows of a table goes before
// the table; others are what indexes of tables stand on.
std::string drop_sql() {
  std::string sql;
  for (const std::string_view function : schema_functions()) {
    if (takes_a_table(function))
      sql += "DROP FUNCTION IF EXISTS public." + std::string(function) + ";\n";
  }
  sql += "DROP TABLE IF EXISTS ";
  for (size_t i = 0; i < table_placements().size(); ++i)
    sql += (i == 0 ? "public." : ", public.") + std::string(table_placements()[i].table);
  sql += ";\n";
  for (const std::string_view function : schema_functions())
    sql += "DROP FUNCTION IF EXISTS public." + std::string(function) + ";\n";
  return sql;
}

// Only the whole text of pg_restore is committed: where it fails, or its end is missing, psql comes
// to an end without COMMIT. $1 pg_restore, $2 file, $3 psql, $4 what to do first, $5 and on: psql's
// options.
constexpr const char* kRestoreScript =
    "set -o pipefail\n"
    "restore=$1 file=$2 psql=$3 first=$4\n"
    "shift 4\n"
    "{ printf 'BEGIN;\\n%s' \"$first\" &&\n"
    "  \"$restore\" --no-owner --no-privileges --no-comments --file=- \"$file\" &&\n"
    "  printf 'COMMIT;\\n'; } |\n"
    "\"$psql\" --no-psqlrc --quiet --output=/dev/null --set=ON_ERROR_STOP=1 \"$@\"\n";

OrError<std::vector<AppliedMigration>> read_migrations(const ClientPrograms& programs,
                                                       const RestoreOptions& options) {
  const auto out = programs.run({programs.path("pg_restore"), "--data-only",
                                 "--table=schema_migration", "--file=-", options.file},
                                options.cancel);
  if (!out) return failed(options.file + ": is no backup: " + out.error().message);
  std::vector<AppliedMigration> found = migrations_in_dump(out.value().text);
  if (!found.empty() || out.value().cancelled) return found;
  return failed(options.file + ": is no backup of a memory: table schema_migration is not in it");
}

}  // namespace

OrError<BackupFacts> back_up(const DatabaseAddress& address, const std::string& file, int cancel) {
  std::error_code error;
  const fs::path target = fs::absolute(file, error);
  if (error || fs::is_directory(target, error)) return failed(file + ": is a directory");
  auto database = open_database(address);
  if (!database) return Failure{database.error()};
  const OrError<std::string> there =
      first_text(database.value(), "SELECT to_regclass('schema_migration') IS NOT NULL");
  if (!there) return Failure{there.error()};
  if (there.value() != "t") return failed("there is no memory in this database yet");
  const auto programs = ClientPrograms::find(address, database.value());
  if (!programs) return Failure{programs.error()};
  PartFile part(target);
  if (OrError<void> opened = part.open(); !opened) return Failure{opened.error()};
  std::vector<std::string> arguments = {programs.value().path("pg_dump"), "--format=custom",
                                        "--no-owner", "--no-privileges",
                                        "--file=" + part.part().string()};
  for (const std::string& option : programs.value().address_options())
    arguments.push_back(option);
  const auto out = programs.value().run(std::move(arguments), cancel);
  if (!out) return Failure{out.error()};
  if (out.value().cancelled) return BackupFacts{0, true};
  const OrError<uintmax_t> bytes = part.put_in_place();
  if (!bytes) return Failure{bytes.error()};
  return BackupFacts{bytes.value(), false};
}

OrError<RestoreFacts> restore(const DatabaseAddress& address, const RestoreOptions& options) {
  RestoreOptions absolute = options;
  absolute.file = fs::absolute(options.file).string();
  if (access(absolute.file.c_str(), R_OK) != 0)
    return failed(options.file + ": cannot be read: " + std::strerror(errno));
  auto database = open_database(address);
  if (!database) return Failure{database.error()};
  const auto programs = ClientPrograms::find(address, database.value());
  if (!programs) return Failure{programs.error()};
  const auto migrations = read_migrations(programs.value(), absolute);
  if (!migrations) return Failure{migrations.error()};
  RestoreFacts facts;
  facts.cancelled = migrations.value().empty();
  if (facts.cancelled) return facts;
  facts.version = migrations.value().back().version;
  if (auto known = check_applied(migrations.value()); !known)
    return failed(options.file + ": " + known.error().message);
  if (auto free = check_target(database.value(), options); !free) return Failure{free.error()};

  std::vector<std::string> arguments = {"/bin/bash",
                                        "-c",
                                        kRestoreScript,
                                        "tapseal",
                                        programs.value().path("pg_restore"),
                                        absolute.file,
                                        programs.value().path("psql"),
                                        drop_sql()};
  for (const std::string& option : programs.value().address_options())
    arguments.push_back(option);
  const auto out = programs.value().run(std::move(arguments), options.cancel);
  if (!out) return failed("nothing was changed: " + out.error().message);
  facts.cancelled = out.value().cancelled;
  if (facts.cancelled) return facts;
  const OrError<int> applied = migrate(database.value());
  if (!applied) return Failure{applied.error()};
  facts.migrations_applied = applied.value();
  return facts;
}

std::vector<AppliedMigration> migrations_in_dump(std::string_view text) {
  constexpr std::string_view kBegin =
      "COPY public.schema_migration (version, name, sha256, applied_at) FROM stdin;\n";
  std::vector<AppliedMigration> out;
  const size_t begin = text.find(kBegin);
  if (begin == std::string_view::npos) return out;
  text.remove_prefix(begin + kBegin.size());
  while (!text.empty() && !text.starts_with("\\.")) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const size_t name = std::min(line.find('\t'), line.size());
    const size_t sum = std::min(line.find('\t', name + 1), line.size());
    const size_t time = std::min(line.find('\t', sum + 1), line.size());
    if (time == line.size()) continue;
    AppliedMigration migration{0, std::string(line.substr(name + 1, sum - name - 1)),
                               std::string(line.substr(sum + 1, time - sum - 1))};
    std::from_chars(line.data(), line.data() + name, migration.version);
    out.push_back(std::move(migration));
  }
  std::ranges::sort(out, {}, &AppliedMigration::version);
  return out;
}

}  // namespace control
