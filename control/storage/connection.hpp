// SPDX-License-Identifier: Apache-2.0
// One session with Postgres.
#pragma once

#include "flowtable/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct pg_conn;
struct pg_result;

namespace control {

// Which database: the private cluster's by its socket directory, or yours by a URL or a libpq
// connection string.
struct DatabaseAddress {
  std::string url;         // used where it is not empty
  std::string socket_dir;  // of the private cluster
  std::string database = "tapseal";
};

// Why a statement failed, for a program that has to decide what comes next.
struct DatabaseError {
  std::string message;   // one line: the server's words, else libpq's
  std::string sqlstate;  // five characters; empty where no server spoke

  // The values are at fault (class 22, 23, 54): sending them again cannot help.
  [[nodiscard]] bool refuses_row() const noexcept;
};
template <typename T>
using OrDatabaseError = flowtable::Result<T, DatabaseError>;

// Whether a server is there, accepts connections and can be asked: a wrong password or name is an
// answer. Waits up to 5 s.
[[nodiscard]] bool server_answers(const DatabaseAddress& address);

// The rows of one statement, as text.
class QueryRows {
 public:
  explicit QueryRows(pg_result* result) noexcept;

  [[nodiscard]] int num_rows() const noexcept;
  [[nodiscard]] int num_columns() const noexcept;
  [[nodiscard]] std::string_view column_name(int column) const noexcept;
  [[nodiscard]] bool is_null(int row, int column) const noexcept;
  // Empty where it is null. Borrowed from this object.
  [[nodiscard]] std::string_view text(int row, int column) const noexcept;
  // Rows that INSERT, UPDATE, DELETE or COPY touched.
  [[nodiscard]] int64_t num_affected() const noexcept;

 private:
  struct Free {
    void operator()(pg_result* result) const noexcept;
  };
  std::unique_ptr<pg_result, Free> result_;
};

// Owns the connection; one thread at a time. Calls wait for the server, at most as long as its
// statement_timeout; another thread ends the wait by shutting down a duplicate of socket().
// Values travel as parameters, never inside the SQL text.
class DatabaseConnection {
 public:
  using Parameters = std::vector<std::optional<std::string>>;  // nullopt: NULL
  struct Options {
    std::chrono::seconds connect_timeout{5};  // at least 2 s
    std::string application_name = "tapseal";
    // Settings of the session beyond UTF-8, UTC and ISO dates, which are always set.
    std::vector<std::pair<std::string, std::string>> settings{};
  };

  static OrDatabaseError<DatabaseConnection> open(const DatabaseAddress& address,
                                                  const Options& options);

  // One statement; parameters in text form, cast in the SQL where their type is not evident.
  OrDatabaseError<QueryRows> query(const std::string& sql, const Parameters& parameters = {});
  // Several statements without parameters and without rows.
  OrDatabaseError<void> run_script(const std::string& sql);
  // The same without waiting for the server; receive() is the next call then. It returns the rows
  // that each statement touched, or the error of the first that failed: none after it was run.
  OrDatabaseError<void> send_script(const std::string& sql);
  OrDatabaseError<std::vector<int64_t>> receive();

  // COPY … FROM STDIN: begin, any number of puts, then end, which returns the row count.
  OrDatabaseError<void> begin_copy(const std::string& sql);
  OrDatabaseError<void> put_copy(std::string_view bytes);
  OrDatabaseError<int64_t> end_copy();
  // COPY … TO STDOUT: all bytes.
  OrDatabaseError<std::string> copy_out(const std::string& sql);

  // False once libpq noticed that the server is gone.
  [[nodiscard]] bool is_alive() const noexcept;
  [[nodiscard]] int socket() const noexcept;

 private:
  struct Finish {
    void operator()(pg_conn* handle) const noexcept;
  };
  explicit DatabaseConnection(pg_conn* handle) noexcept : handle_(handle) {}
  OrDatabaseError<void> apply_settings(const Options& options);
  [[nodiscard]] DatabaseError last_error() const;

  std::unique_ptr<pg_conn, Finish> handle_;
};

}  // namespace control
