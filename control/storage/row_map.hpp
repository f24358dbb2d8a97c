// SPDX-License-Identifier: Apache-2.0
// The one declaration of every column that the writer fills: its name, its type, where it is from.
#pragma once

#include "control/storage/batch_rows.hpp"
#include "control/storage/copy_encoder.hpp"
#include "control/storage/scan_rows.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace control {

enum class SqlType : uint8_t {
  boolean,
  int2,
  int4,
  int8,
  text,
  bytea,
  inet,
  timestamptz,
  date,
  text_array,
  int4_array,
  bytea_array,
  count_
};
// As information_schema.columns.udt_name has it.
[[nodiscard]] std::string_view udt_name_of(SqlType type) noexcept;

template <typename Row>
struct Column {
  std::string_view name;
  SqlType type;
  // Appends exactly one field of that type.
  void (*encode)(CopyEncoder& out, const Row& row);
};

// In the order in which COPY sends them; a unit test compares each with the migrated schema.
[[nodiscard]] std::span<const Column<CertificateRow>> certificate_columns() noexcept;
[[nodiscard]] std::span<const Column<CertificateSeenRow>> certificate_seen_columns() noexcept;
[[nodiscard]] std::span<const Column<ChainRow>> chain_columns() noexcept;
[[nodiscard]] std::span<const Column<FingerprintRow>> fingerprint_columns() noexcept;
[[nodiscard]] std::span<const Column<SightingRow>> sighting_columns() noexcept;
[[nodiscard]] std::span<const Column<ClientSightingRow>> client_sighting_columns() noexcept;
[[nodiscard]] std::span<const Column<ServiceFingerprintRow>> service_fingerprint_columns() noexcept;
[[nodiscard]] std::span<const Column<SuiteDayRow>> suite_day_columns() noexcept;
[[nodiscard]] std::span<const Column<SshRow>> ssh_columns() noexcept;
[[nodiscard]] std::span<const Column<SessionRow>> session_columns() noexcept;
[[nodiscard]] std::span<const Column<ScanJobRow>> scan_columns() noexcept;
[[nodiscard]] std::span<const Column<ScanServiceRow>> scan_service_columns() noexcept;
[[nodiscard]] std::span<const Column<ScanTargetRow>> scan_target_columns() noexcept;

// "a, b, c"
template <typename Row>
[[nodiscard]] std::string column_list(std::span<const Column<Row>> columns) {
  std::string out;
  for (const Column<Row>& column : columns) {
    if (!out.empty()) out += ", ";
    out += column.name;
  }
  return out;
}

template <typename Row>
void encode_row(CopyEncoder& out, std::span<const Column<Row>> columns, const Row& row) {
  out.row(static_cast<int16_t>(columns.size()));
  for (const Column<Row>& column : columns)
    column.encode(out, row);
}

// Word of the record, the database and the command line.
[[nodiscard]] std::string_view word_of(tls::Transport transport) noexcept;

}  // namespace control
