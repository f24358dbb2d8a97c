// SPDX-License-Identifier: Apache-2.0
// Native records of the scanner: one JSON line per service that was asked, per target that was
// probed, and per job; and of other scanners' files. The certificates of our own are in the records
// of its sessions (`type` tls, `source` active).
#pragma once

#include "control/export/json_line.hpp"
#include "tls/pipeline/service_report.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace control {

// What a field writer may look at.
struct ServiceContext {
  const tls::ServiceReport& report;
  std::string_view sensor;
};
struct TargetContext {
  const flowtable::ScanReply& reply;
  std::string_view sensor;
};

// A job as a whole: the last line of `tapseal scan --json`. Counts are of targets where nothing
// else is said.
struct ScanSummary {
  struct Unresolved {
    std::string name;
    std::string why;
  };
  flowtable::Tick started{};
  std::string_view sensor;
  uint32_t scan = 0;
  std::string_view state;  // name_of(ScanState)
  std::string_view note;   // empty: none
  uint64_t targets = 0;
  uint64_t open = 0;
  uint64_t closed = 0;
  uint64_t unreachable = 0;
  uint64_t silent = 0;
  uint64_t lost_locally = 0;
  uint64_t probes = 0;  // sent
  uint64_t tls = 0;     // services
  uint64_t certificates = 0;
  std::vector<Unresolved> unresolved;
};
// A server by another scanner's file: a line of `tapseal import`.
struct ImportedFinding {
  int64_t seconds = 0;  // since 1970; 0: nothing says when
  flowtable::Endpoint server;
  std::string_view transport;  // tcp, udp
  std::string_view outcome;    // open, closed, filtered, unknown
  std::string_view reason;     // these three in the other's words; empty: none
  std::string_view service;
  std::string_view name;
  bool tls = false;
  std::span<const std::vector<uint8_t>> certificates;  // DER
};

// Like RecordField: name, what the schema says of it, and how it is written, in the line's order.
template <typename Context>
struct ScanField {
  std::string_view name;
  std::string_view schema;
  std::string_view help;
  void (*write)(JsonLine& out, const Context& context);
};
using ServiceField = ScanField<ServiceContext>;
using TargetField = ScanField<TargetContext>;
using ProbeField = ScanField<tls::ProbeOutcome>;  // inside `probes`
using ScanSummaryField = ScanField<ScanSummary>;
using ImportedField = ScanField<ImportedFinding>;
[[nodiscard]] std::span<const ServiceField> service_fields() noexcept;
[[nodiscard]] std::span<const TargetField> target_fields() noexcept;
[[nodiscard]] std::span<const ProbeField> probe_fields() noexcept;
[[nodiscard]] std::span<const ScanSummaryField> scan_fields() noexcept;
[[nodiscard]] std::span<const ImportedField> imported_fields() noexcept;

// Appends one line with its line feed. The schema of each is native_schema()'s.
void append_service_record(std::string& out, const ServiceContext& context);
void append_target_record(std::string& out, const TargetContext& context);
void append_scan_record(std::string& out, const ScanSummary& scan);
void append_imported_record(std::string& out, const ImportedFinding& found);

}  // namespace control
