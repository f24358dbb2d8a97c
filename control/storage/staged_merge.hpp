// SPDX-License-Identifier: Apache-2.0
// Rows into tables: straight, or through a staging table where they meet rows of the same key.
#pragma once

#include "control/storage/connection.hpp"
#include "control/storage/row_map.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace control {

// What becomes of a row staged in stage_<table>: inserted in the order of `key`, or else
// `conflict`.
struct Merge {
  std::string_view table;
  std::string_view key;
  std::string_view conflict;
};

// One COPY of all rows.
template <typename Row>
OrDatabaseError<void> copy_in(DatabaseConnection& database, std::string_view table,
                              std::span<const Column<Row>> columns, const std::vector<Row>& rows) {
  constexpr size_t kPieceBytes = 256 * 1024;
  if (rows.empty()) return {};
  auto begun = database.begin_copy("COPY " + std::string(table) + " (" + column_list(columns) +
                                   ") FROM STDIN (FORMAT binary)");
  if (!begun) return begun;
  CopyEncoder encoder;
  encoder.begin();
  for (const Row& row : rows) {
    encode_row(encoder, columns, row);
    if (encoder.bytes().size() < kPieceBytes) continue;
    if (auto put = database.put_copy(encoder.bytes()); !put) return put;
    encoder.clear();
  }
  encoder.end();
  if (auto put = database.put_copy(encoder.bytes()); !put) return put;
  if (const auto ended = database.end_copy(); !ended) return flowtable::Failure{ended.error()};
  return {};
}

// Returns how many rows were inserted or updated.
template <typename Row>
OrDatabaseError<uint64_t> merge(DatabaseConnection& database, const Merge& step,
                                std::span<const Column<Row>> columns) {
  const std::string names = column_list(columns);
  const std::string table(step.table);
  const std::string key(step.key);
  const auto merged = database.query("INSERT INTO " + table + " (" + names + ") SELECT " + names +
                                     " FROM stage_" + table + " ORDER BY " + key +
                                     " ON CONFLICT (" + key + ") " + std::string(step.conflict));
  if (!merged) return flowtable::Failure{merged.error()};
  return static_cast<uint64_t>(merged.value().num_affected());
}

// Fills a staging table and takes its rows over. The number is that of `first`.
template <typename Row>
OrDatabaseError<uint64_t> stage_and_merge(DatabaseConnection& database, const Merge& first,
                                          std::span<const Column<Row>> columns,
                                          const std::vector<Row>& rows) {
  if (rows.empty()) return uint64_t{0};
  auto staged = copy_in(database, "stage_" + std::string(first.table), columns, rows);
  if (!staged) return flowtable::Failure{staged.error()};
  return merge(database, first, columns);
}

}  // namespace control
