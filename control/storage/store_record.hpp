// SPDX-License-Identifier: Apache-2.0
// A batch as bytes: what lies in the spool, and what travels to a writer elsewhere.
#pragma once

#include "control/storage/batch_rows.hpp"
#include "control/storage/stored_table.hpp"
#include "flowtable/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace control {

// Rows of one table in the binary format of COPY, without its header and trailer. Borrowed from the
// record.
struct StoreSection {
  StoredTable table;
  std::string_view columns;  // "a, b, c", each one known to this build
  uint32_t num_rows;
  std::string_view tuples;
};

struct StoreRecord {
  std::string_view sensor;
  std::vector<std::chrono::sys_days> days;  // of its sessions, each once
  std::vector<StoreSection> sections;       // in the order of StoredTable
};

struct RecordError {
  std::string message;
  bool is_newer = false;  // of a newer tapseal: keep it for that one
};

// The layout, big-endian: "TSR1", u16 length and sensor, u32 number of days and each as i32 since
// 1970; then sections: u8 length and table, u32 length and columns, u32 rows, u32 length and
// tuples.
[[nodiscard]] std::string encode_store_record(const BatchRows& rows, std::string_view sensor);

// Refuses what is damaged, and what names a table or column that this build does not know: it comes
// from a newer tapseal. The result borrows from `bytes`.
[[nodiscard]] flowtable::Result<StoreRecord, RecordError> parse_store_record(
    std::string_view bytes);

// The rows of a section one by one; an empty result where its tuples are not what it says.
[[nodiscard]] std::vector<std::string_view> tuples_of(const StoreSection& section);

// A field of a tuple, as COPY has it; nullopt: null, or no such column.
[[nodiscard]] std::optional<std::string_view> field_of(const StoreSection& section,
                                                       std::string_view tuple,
                                                       std::string_view column);

}  // namespace control
