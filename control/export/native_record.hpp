// SPDX-License-Identifier: Apache-2.0
// The native record: one JSON line per TLS session or SSH connection.
#pragma once

#include "control/export/json_line.hpp"
#include "control/export/record_memo.hpp"
#include "tls/pipeline/observation.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace control {

// What a field writer may look at. With a memory, what many records have in common is written once;
// null: afresh each time.
struct RecordContext {
  const tls::Observation& seen;
  std::string_view sensor;
  RecordMemo* memo = nullptr;
};

// On what alone the value of a field depends.
enum class FieldOf : uint8_t { session, hello, answer };

// One field of the record: its name, what the schema says of it, and how it is written. The order
// of the table is the order in the line; native.schema.json is generated from it.
struct RecordField {
  std::string_view name;
  std::string_view schema;  // JSON Schema of the value
  std::string_view help;
  void (*write)(JsonLine& out, const RecordContext& context);
  FieldOf of = FieldOf::session;
};
[[nodiscard]] std::span<const RecordField> tls_fields() noexcept;
[[nodiscard]] std::span<const RecordField> ssh_fields() noexcept;
[[nodiscard]] std::span<const RecordField> record_fields(tls::RecordKind kind) noexcept;

// The same for the certificates inside `certs` and `client_certs`.
struct CertificateField {
  std::string_view name;
  std::string_view schema;
  std::string_view help;
  void (*write)(JsonLine& out, const tls::CertificateFacts& facts);
};
[[nodiscard]] std::span<const CertificateField> certificate_fields() noexcept;
// An array of them. `memo` as in RecordContext.
void write_certificates(JsonLine& out, const std::vector<tls::CertificatePtr>& chain,
                        RecordMemo* memo);

// Appends the session as one line with its line feed.
void append_native_record(std::string& out, const RecordContext& context);

// The closed JSON schema (additionalProperties: false) of such a line: one definition per kind.
[[nodiscard]] std::string native_schema();

}  // namespace control
