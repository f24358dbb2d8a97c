// SPDX-License-Identifier: Apache-2.0
// Native records of the scanner: one JSON line per service that was asked, or per target that was
// probed. The certificates are in the records of its sessions (`type` tls, `source` active).
#pragma once

#include "control/export/json_line.hpp"
#include "tls/pipeline/service_report.hpp"

#include <span>
#include <string>
#include <string_view>

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
[[nodiscard]] std::span<const ServiceField> service_fields() noexcept;
[[nodiscard]] std::span<const TargetField> target_fields() noexcept;
[[nodiscard]] std::span<const ProbeField> probe_fields() noexcept;

// Appends one line with its line feed. The schema of both is native_schema()'s.
void append_service_record(std::string& out, const ServiceContext& context);
void append_target_record(std::string& out, const TargetContext& context);

}  // namespace control
