// SPDX-License-Identifier: Apache-2.0
// The one declaration of the tables that records are written to: names, columns, how rows meet.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace control {

// In the order in which a record's rows are written: every writer locks rows table by table in
// this order, so that two cannot block each other in a circle.
enum class StoredTable : uint8_t {
  certificate,
  certificate_seen,  // of a certificate that an earlier record holds: only its times
  certificate_chain,
  fingerprint,
  sighting,
  client_sighting,
  service_fingerprint,
  suite_day,
  ssh_sighting,
  scan,
  scan_service,
  scan_target,
  session,
  count_
};

struct StoredTableRules {
  StoredTable table;
  std::string_view name;  // in the record and in the database; `certificate_seen` is staged only
  std::string_view key;
  // "a, b, c": every column that this build writes. The view lasts for ever.
  std::string_view (*columns)();
  // What becomes of rows staged in stage_<name>, one statement each (see step_text); the number of
  // rows of the first is that of new ones. None: rows go straight into the table.
  std::span<const std::string_view> steps;
};

[[nodiscard]] std::span<const StoredTableRules> stored_tables() noexcept;
[[nodiscard]] const StoredTableRules& rules_of(StoredTable table) noexcept;
[[nodiscard]] std::optional<StoredTable> find_stored_table(std::string_view name) noexcept;

// A step as SQL, for a record that fills `columns`.
[[nodiscard]] std::string step_text(const StoredTableRules& rules, std::string_view step,
                                    std::string_view columns);

// Makes the staging tables of a connection; empties them within a transaction.
[[nodiscard]] const std::string& staging_script();
[[nodiscard]] const std::string& empty_staging_script();

}  // namespace control
