// SPDX-License-Identifier: Apache-2.0
#include "control/storage/connection.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

namespace control {
namespace {

using flowtable::Failure;

std::string one_line(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.remove_suffix(1);
  std::string out(text);
  std::ranges::replace(out, '\n', ' ');
  std::ranges::replace(out, '\t', ' ');
  return out;
}

std::string_view field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

DatabaseError error_of(const PGresult* result) {
  const std::string_view primary = field(result, PG_DIAG_MESSAGE_PRIMARY);
  if (primary.empty()) return {one_line(PQresultErrorMessage(result)), {}};
  std::string message = one_line(primary);
  if (const std::string_view detail = field(result, PG_DIAG_MESSAGE_DETAIL); !detail.empty()) {
    message += " (" + one_line(detail) + ")";
  }
  if (const std::string_view where = field(result, PG_DIAG_CONTEXT); !where.empty()) {
    message += ", at " + one_line(where.substr(0, where.find('\n')));
  }
  return {std::move(message), std::string(field(result, PG_DIAG_SQLSTATE))};
}

bool succeeded(const PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

// What libpq is told of a database; borrows from both.
struct ConnectWords {
  ConnectWords(const DatabaseAddress& address, const DatabaseConnection::Options& options)
      : timeout(std::to_string(options.connect_timeout.count())),
        expand(address.url.empty() ? 0 : 1) {
    add("fallback_application_name", options.application_name.c_str());
    add("connect_timeout", timeout.c_str());
    if (address.url.empty()) {
      add("host", address.socket_dir.c_str());
      add("port", "5432");
      add("user", "tapseal");
      add("dbname", address.database.c_str());
    } else {
      // A peer that vanished is noticed within half a minute, not after the kernel's two hours.
      add("tcp_user_timeout", "30000");
      add("keepalives_idle", "20");
      add("dbname", address.url.c_str());
    }
    add("client_encoding", "UTF8");
    add(nullptr, nullptr);
  }
  ConnectWords(const ConnectWords&) = delete;
  ConnectWords& operator=(const ConnectWords&) = delete;

  std::vector<const char*> names;
  std::vector<const char*> values;
  std::string timeout;
  int expand;  // the URL's own parameters win over those before it

 private:
  void add(const char* name, const char* value) {
    names.push_back(name);
    values.push_back(value);
  }
};

}  // namespace

bool DatabaseError::refuses_row() const noexcept {
  // 21: two rows of one statement met in one key; halving parts them.
  constexpr std::string_view kClasses[] = {"21", "22", "23", "54"};
  return std::ranges::any_of(kClasses, [&](auto each) { return sqlstate.starts_with(each); });
}

void QueryRows::Free::operator()(pg_result* result) const noexcept {
  PQclear(result);
}
QueryRows::QueryRows(pg_result* result) noexcept : result_(result) {}
int QueryRows::num_rows() const noexcept {
  return PQntuples(result_.get());
}
int QueryRows::num_columns() const noexcept {
  return PQnfields(result_.get());
}
std::string_view QueryRows::column_name(int column) const noexcept {
  const char* name = PQfname(result_.get(), column);
  return name == nullptr ? std::string_view() : std::string_view(name);
}
bool QueryRows::is_null(int row, int column) const noexcept {
  return PQgetisnull(result_.get(), row, column) != 0;
}
std::string_view QueryRows::text(int row, int column) const noexcept {
  if (row >= num_rows() || column >= num_columns()) return {};
  return {PQgetvalue(result_.get(), row, column),
          static_cast<size_t>(PQgetlength(result_.get(), row, column))};
}
int64_t QueryRows::num_affected() const noexcept {
  const std::string_view text = PQcmdTuples(result_.get());
  int64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

void DatabaseConnection::Finish::operator()(pg_conn* handle) const noexcept {
  PQfinish(handle);
}

bool server_answers(const DatabaseAddress& address) {
  const DatabaseConnection::Options options;
  const ConnectWords words(address, options);
  return PQpingParams(words.names.data(), words.values.data(), words.expand) == PQPING_OK;
}

OrDatabaseError<DatabaseConnection> DatabaseConnection::open(const DatabaseAddress& address,
                                                             const Options& options) {
  const ConnectWords words(address, options);
  DatabaseConnection connection(
      PQconnectdbParams(words.names.data(), words.values.data(), words.expand));
  if (PQstatus(connection.handle_.get()) != CONNECTION_OK) return Failure{connection.last_error()};
  // Notices go to stderr otherwise.
  PQsetNoticeProcessor(
      connection.handle_.get(), [](void*, const char*) {}, nullptr);
  if (auto set = connection.apply_settings(options); !set) return Failure{set.error()};
  return connection;
}

OrDatabaseError<void> DatabaseConnection::apply_settings(const Options& options) {
  std::string sql =
      "SELECT set_config('TimeZone', 'UTC', false)"
      ", set_config('DateStyle', 'ISO, YMD', false)"
      ", set_config('bytea_output', 'hex', false)";
  Parameters parameters;
  for (const auto& [name, value] : options.settings) {
    parameters.emplace_back(name);
    parameters.emplace_back(value);
    sql += ", set_config($" + std::to_string(parameters.size() - 1) + ", $" +
           std::to_string(parameters.size()) + ", false)";
  }
  if (const auto set = query(sql, parameters); !set) return Failure{set.error()};
  return {};
}

OrDatabaseError<QueryRows> DatabaseConnection::query(const std::string& sql,
                                                     const Parameters& parameters) {
  std::vector<const char*> values;
  values.reserve(parameters.size());
  for (const auto& parameter : parameters)
    values.push_back(parameter ? parameter->c_str() : nullptr);
  constexpr int kText = 0;
  QueryRows rows(nullptr);
  PGresult* result =
      PQexecParams(handle_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                   values.empty() ? nullptr : values.data(), nullptr, nullptr, kText);
  rows = QueryRows(result);
  if (result == nullptr) return Failure{last_error()};
  if (!succeeded(result)) return Failure{error_of(result)};
  return rows;
}

OrDatabaseError<void> DatabaseConnection::run_script(const std::string& sql) {
  PGresult* result = PQexec(handle_.get(), sql.c_str());
  const QueryRows owner(result);
  if (result == nullptr) return Failure{last_error()};
  if (!succeeded(result)) return Failure{error_of(result)};
  return {};
}

OrDatabaseError<void> DatabaseConnection::send_script(const std::string& sql) {
  if (PQsendQuery(handle_.get(), sql.c_str()) != 1) return Failure{last_error()};
  return {};
}

OrDatabaseError<std::vector<int64_t>> DatabaseConnection::receive() {
  std::vector<int64_t> touched;
  std::optional<DatabaseError> error;
  while (PGresult* result = PQgetResult(handle_.get())) {
    const QueryRows rows(result);
    if (!succeeded(result) && !error) error = error_of(result);
    touched.push_back(rows.num_affected());
  }
  if (!error && !is_alive()) error = last_error();
  if (error) return Failure{*error};
  return touched;
}

OrDatabaseError<void> DatabaseConnection::begin_copy(const std::string& sql) {
  PGresult* result = PQexec(handle_.get(), sql.c_str());
  const QueryRows owner(result);
  if (result == nullptr) return Failure{last_error()};
  if (PQresultStatus(result) != PGRES_COPY_IN) return Failure{error_of(result)};
  return {};
}

OrDatabaseError<void> DatabaseConnection::put_copy(std::string_view bytes) {
  // libpq takes lengths as int.
  constexpr size_t kPieceMax = 1 << 20;
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kPieceMax);
    if (PQputCopyData(handle_.get(), piece.data(), static_cast<int>(piece.size())) != 1) {
      return Failure{last_error()};
    }
    bytes.remove_prefix(piece.size());
  }
  return {};
}

OrDatabaseError<int64_t> DatabaseConnection::end_copy() {
  if (PQputCopyEnd(handle_.get(), nullptr) != 1) return Failure{last_error()};
  PGresult* result = PQgetResult(handle_.get());
  const QueryRows rows(result);
  if (result == nullptr) return Failure{last_error()};
  const bool good = succeeded(result);
  // The null result after the last one puts the connection back into its idle state.
  while (PGresult* more = PQgetResult(handle_.get()))
    PQclear(more);
  if (!good) return Failure{error_of(result)};
  return rows.num_affected();
}

OrDatabaseError<std::string> DatabaseConnection::copy_out(const std::string& sql) {
  PGresult* result = PQexec(handle_.get(), sql.c_str());
  const QueryRows owner(result);
  if (result == nullptr) return Failure{last_error()};
  if (PQresultStatus(result) != PGRES_COPY_OUT) return Failure{error_of(result)};
  std::string out;
  char* piece = nullptr;
  int length = 0;
  while ((length = PQgetCopyData(handle_.get(), &piece, 0)) > 0) {
    out.append(piece, static_cast<size_t>(length));
    PQfreemem(piece);
  }
  if (length == -2) return Failure{last_error()};
  while (PGresult* more = PQgetResult(handle_.get())) {
    const QueryRows rows(more);
    if (!succeeded(more)) return Failure{error_of(more)};
  }
  return out;
}

bool DatabaseConnection::is_alive() const noexcept {
  return handle_ != nullptr && PQstatus(handle_.get()) == CONNECTION_OK;
}

int DatabaseConnection::socket() const noexcept {
  return PQsocket(handle_.get());
}

DatabaseError DatabaseConnection::last_error() const {
  return {one_line(PQerrorMessage(handle_.get())), {}};
}

}  // namespace control
