// SPDX-License-Identifier: Apache-2.0
#include "control/export/record_parts.hpp"
#include "control/export/scan_record.hpp"

namespace control {
namespace {

using record_parts::kCount;
using record_parts::kString;
using record_parts::kText;
using record_parts::write_word;

constexpr std::string_view kState =
    R"({"enum":["queued","running","waiting","paused","stopped","finished","failed"]})";
constexpr std::string_view kUnresolved =
    R"({"type":"array","items":{"type":"object","additionalProperties":false,"properties":{)"
    R"("name":{"type":"string"},"why":{"type":"string"}},"required":["name","why"]}})";

void write_unresolved(JsonLine& out, const ScanSummary& scan) {
  out.begin_array();
  for (const ScanSummary::Unresolved& each : scan.unresolved) {
    out.begin_object();
    out.key("name");
    out.text(text_of_bytes(each.name));
    out.key("why");
    out.text(text_of_bytes(each.why));
    out.end_object();
  }
  out.end_array();
}

template <uint64_t ScanSummary::*kMember>
void write_count(JsonLine& out, const ScanSummary& scan) {
  out.number(static_cast<int64_t>(scan.*kMember));
}

constexpr std::array kScanFields = {
    ScanSummaryField{"type", R"({"const":"scan"})", "kind of record",
                     [](JsonLine& out, const ScanSummary&) { out.text("scan"); }},
    ScanSummaryField{"ts", kString, "when the job was asked for, UTC, nanoseconds",
                     [](JsonLine& out, const ScanSummary& s) { out.text(text_of(s.started)); }},
    ScanSummaryField{"sensor", kString, "name of the sensor whose job it is",
                     [](JsonLine& out, const ScanSummary& s) { out.text(s.sensor); }},
    ScanSummaryField{"scan", kCount, "number of the job",
                     [](JsonLine& out, const ScanSummary& s) { out.number(s.scan); }},
    ScanSummaryField{"state", kState, "how it stands at the end of this reply",
                     [](JsonLine& out, const ScanSummary& s) { out.text(s.state); }},
    ScanSummaryField{"note", kText, "what it waits for, or why it ended",
                     [](JsonLine& out, const ScanSummary& s) { write_word(out, s.note); }},
    ScanSummaryField{"targets", kCount, "that have an outcome: the sum of the next five",
                     write_count<&ScanSummary::targets>},
    ScanSummaryField{"open", kCount, "targets that accepted a connection",
                     write_count<&ScanSummary::open>},
    ScanSummaryField{"closed", kCount, "targets that refused it",
                     write_count<&ScanSummary::closed>},
    ScanSummaryField{"unreachable", kCount, "targets that ICMP spoke of",
                     write_count<&ScanSummary::unreachable>},
    ScanSummaryField{"silent", kCount, "targets that said nothing",
                     write_count<&ScanSummary::silent>},
    ScanSummaryField{"lost_locally", kCount,
                     "targets that this machine could not ask, or not follow",
                     write_count<&ScanSummary::lost_locally>},
    ScanSummaryField{"probes", kCount, "packets sent to begin something",
                     write_count<&ScanSummary::probes>},
    ScanSummaryField{"tls", kCount, "services that speak it", write_count<&ScanSummary::tls>},
    ScanSummaryField{"certificates", kCount, "different ones",
                     write_count<&ScanSummary::certificates>},
    ScanSummaryField{"unresolved", kUnresolved, "names without an address, and why",
                     write_unresolved},
};

}  // namespace

std::span<const ScanSummaryField> scan_fields() noexcept {
  return kScanFields;
}

}  // namespace control
