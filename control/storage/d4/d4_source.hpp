// SPDX-License-Identifier: Apache-2.0
// The database of a D4 passive SSL analyzer, as it is found.
#pragma once

#include "control/storage/connection.hpp"
#include "flowtable/base/result.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace control {

// Texts are the source's; a fault in them is found when they are stored.
struct D4Session {
  int64_t id = 0;
  std::string time{};
  std::string client{};
  std::string client_port{};
  std::string server{};
  std::string server_port{};
  std::string ja3{};  // hex; empty: none
  std::string ja3_raw{};
  std::string ja3s{};
  std::string ja3s_raw{};
  std::string tlsh{};                               // 70 hex digits, or empty
  std::vector<std::string> certificates{};          // SHA-1 in hex, the server's own first
  std::vector<std::vector<uint8_t>> whole_certs{};  // DER; of the JSON form only
};

struct D4Certificate {
  std::string sha1;  // hex
  std::string subject;
  std::vector<std::string> paths;  // where the analyzer had its file
  std::string first_seen;          // of the sessions that showed it; empty: none did
  std::string last_seen;
};

struct D4Key {
  std::string spki_sha256;  // hex
  std::string algorithm;    // as our certificates name it: RSA, EC, DSA
  std::string curve;
  std::string bits;
  std::string first_seen;
  std::string last_seen;
};

// One of the two schemas: tables since 2019-12 ("sessionRecord" and others), before that one table
// sessions(data jsonb, id).
enum class D4Form : uint8_t { tables, json };

// The digest that a `hash` column holds, as hex: the analyzer inserts hex text as escaped bytea, so
// that the bytes are ASCII; others would hold the digest itself. Empty where it is neither.
// `hex` is what encode(hash, 'hex') gave, `size` that of the digest.
[[nodiscard]] std::string d4_digest(std::string_view hex, size_t size);

// What a column holds as a whole number; 0 where it holds none.
[[nodiscard]] int64_t whole_number_of(std::string_view text) noexcept;

// Reads in one transaction that sees one moment of the source. Plain SELECTs on what is there: no
// extension has to be known on this side.
class D4Source {
 public:
  static flowtable::OrError<D4Source> open(const std::string& url);

  // What of it is there; neither is no D4 database.
  [[nodiscard]] bool has(D4Form form) const noexcept;
  // "d4:" and the name of its database.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  // Tells one database from another of the same name: of the server's own number, and the form.
  [[nodiscard]] int64_t epoch(D4Form form) const noexcept;

  OrDatabaseError<std::vector<D4Certificate>> certificates();
  OrDatabaseError<std::vector<D4Key>> keys();
  // (method, hash, raw) of the table of fingerprints.
  OrDatabaseError<std::vector<std::vector<std::string>>> fingerprints();

  // Sessions up to that id.
  OrDatabaseError<uint64_t> count_sessions(D4Form form, int64_t until);
  // Sessions behind `after`, by their ids; then next() until it gives none.
  OrDatabaseError<void> begin_sessions(D4Form form, int64_t after);
  OrDatabaseError<std::vector<D4Session>> next_sessions(size_t count);

 private:
  explicit D4Source(DatabaseConnection database) : database_(std::move(database)) {}
  flowtable::OrError<void> look_around();
  [[nodiscard]] bool has_table(std::string_view table) const;
  [[nodiscard]] bool has_column(std::string_view table, std::string_view column) const;
  // "{table.column}" and "{table}" become the names as they are written there; "{table.column?}"
  // NULL where there is no such column.
  [[nodiscard]] std::string resolved(std::string_view sql) const;
  [[nodiscard]] std::string name_at(std::string_view reference) const;
  OrDatabaseError<QueryRows> ask(std::string_view sql,
                                 const DatabaseConnection::Parameters& parameters = {});

  DatabaseConnection database_;
  std::string name_;
  int64_t identity_ = 0;
  D4Form reading_ = D4Form::tables;
  // In lower case → as written there; columns as "table.column".
  std::map<std::string, std::string, std::less<>> names_;
};

}  // namespace control
