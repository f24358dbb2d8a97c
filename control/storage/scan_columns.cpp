// SPDX-License-Identifier: Apache-2.0
#include "control/storage/column_values.hpp"
#include "control/storage/row_map.hpp"

#include <array>
#include <string>

namespace control {
namespace {

using enum SqlType;
using column_values::put_word;
using Out = CopyEncoder;
using Job = ScanJobRow;
using Service = ScanServiceRow;
using Target = ScanTargetRow;

void put_number(Out& out, uint64_t value) {
  out.int8(static_cast<int64_t>(value));
}

void put_group(Out& out, std::optional<uint16_t> group) {
  group ? out.int4(*group) : out.null();
}

void put_icmp(Out& out, const Target& row, uint8_t number) {
  row.reply->outcome == flowtable::TargetOutcome::unreachable ? out.int2(number) : out.null();
}

void append_hex16(std::string& out, uint16_t code) {
  const std::array<uint8_t, 2> bytes{static_cast<uint8_t>(code >> 8), static_cast<uint8_t>(code)};
  out += hex_text(bytes);
}

// "0303: c02f 009c; 0302: 002f"
std::string accepted_text(const std::vector<tls::AcceptedSuites>& accepted) {
  std::string out;
  for (const tls::AcceptedSuites& each : accepted) {
    if (!out.empty()) out += "; ";
    append_hex16(out, each.version);
    out += ':';
    for (const uint16_t suite : each.suites) {
      out += ' ';
      append_hex16(out, suite);
    }
  }
  return out;
}

constexpr auto kScan = std::to_array<Column<Job>>({
    {"id", int8, [](Out& out, const Job& row) { out.int8(row.scan->id); }},
    {"started", timestamptz, [](Out& out, const Job& row) { out.timestamptz(row.scan->started); }},
    {"ended", timestamptz,
     [](Out& out, const Job& row) {
       row.scan->ended ? out.timestamptz(*row.scan->ended) : out.null();
     }},
    {"uid", int8, [](Out& out, const Job& row) { out.int8(row.scan->uid); }},
    {"targets", int8, [](Out& out, const Job& row) { put_number(out, row.scan->targets); }},
    {"sent", int8, [](Out& out, const Job& row) { put_number(out, row.scan->sent); }},
    {"open", int8, [](Out& out, const Job& row) { put_number(out, row.scan->open); }},
    {"closed", int8, [](Out& out, const Job& row) { put_number(out, row.scan->closed); }},
    {"unreachable", int8, [](Out& out, const Job& row) { put_number(out, row.scan->unreachable); }},
    {"silent", int8, [](Out& out, const Job& row) { put_number(out, row.scan->silent); }},
    {"lost_locally", int8,
     [](Out& out, const Job& row) { put_number(out, row.scan->lost_locally); }},
    {"tls", int8, [](Out& out, const Job& row) { put_number(out, row.scan->tls); }},
    {"certificates", int8,
     [](Out& out, const Job& row) { put_number(out, row.scan->certificates); }},
    {"shard", int4,
     [](Out& out, const Job& row) { out.int4(static_cast<int32_t>(row.scan->shard)); }},
    {"shards", int4,
     [](Out& out, const Job& row) { out.int4(static_cast<int32_t>(row.scan->shards)); }},
    {"sensor", text, [](Out& out, const Job& row) { out.text(row.sensor); }},
    {"who", text, [](Out& out, const Job& row) { out.text(row.scan->who); }},
    {"state", text, [](Out& out, const Job& row) { out.text(row.scan->state); }},
    {"spec", text, [](Out& out, const Job& row) { out.text(row.scan->spec); }},
    {"config_hash", bytea, [](Out& out, const Job& row) { out.bytea(row.scan->config_hash); }},
});

constexpr auto kService = std::to_array<Column<Service>>({
    {"scan", int8, [](Out& out, const Service& row) { out.int8(row.report->job); }},
    {"ended", timestamptz,
     [](Out& out, const Service& row) { out.timestamptz(row.report->ended); }},
    {"port", int4, [](Out& out, const Service& row) { out.int4(row.report->server.port); }},
    {"connections", int4,
     [](Out& out,
        const Service& row) { out.int4(static_cast<int32_t>(row.report->connections)); }},
    {"group_classic", int4,
     [](Out& out, const Service& row) { put_group(out, row.report->groups.classic); }},
    {"group_post_quantum", int4,
     [](Out& out, const Service& row) { put_group(out, row.report->groups.post_quantum); }},
    {"alert", int2,
     [](Out& out,
        const Service& row) { row.report->alert ? out.int2(*row.report->alert) : out.null(); }},
    {"tls", boolean, [](Out& out, const Service& row) { out.boolean(row.report->has_tls()); }},
    {"sensor", text, [](Out& out, const Service& row) { out.text(row.sensor); }},
    {"server", inet, [](Out& out, const Service& row) { out.inet(row.report->server.address); }},
    {"transport", text,
     [](Out& out, const Service& row) { out.text(word_of(row.report->transport)); }},
    {"name", text, [](Out& out, const Service& row) { out.text_indexed(row.name); }},
    {"outcome", text, [](Out& out, const Service& row) { out.text(name_of(row.report->outcome)); }},
    {"no_tls", text,
     [](Out& out, const Service& row) {
       const tls::NoTlsReason reason = row.report->no_tls;
       put_word(out, reason == tls::NoTlsReason::none ? "" : name_of(reason));
     }},
    {"starttls", text, [](Out& out, const Service& row) { put_word(out, row.report->starttls); }},
    {"speaks", text, [](Out& out, const Service& row) { put_word(out, row.report->speaks); }},
    {"step", text, [](Out& out, const Service& row) { put_word(out, row.report->step); }},
    {"code", text, [](Out& out, const Service& row) { put_word(out, row.report->code); }},
    {"jarm", text, [](Out& out, const Service& row) { put_word(out, row.report->jarm); }},
    {"accepted", text,
     [](Out& out, const Service& row) { put_word(out, accepted_text(row.report->accepted)); }},
});

constexpr auto kTarget = std::to_array<Column<Target>>({
    {"scan", int8, [](Out& out, const Target& row) { out.int8(row.reply->job); }},
    {"ts", timestamptz, [](Out& out, const Target& row) { out.timestamptz(row.reply->tick); }},
    {"port", int4, [](Out& out, const Target& row) { out.int4(row.reply->server.port); }},
    {"icmp_type", int2,
     [](Out& out, const Target& row) { put_icmp(out, row, row.reply->icmp_type); }},
    {"icmp_code", int2,
     [](Out& out, const Target& row) { put_icmp(out, row, row.reply->icmp_code); }},
    {"attempt", int2, [](Out& out, const Target& row) { out.int2(row.reply->attempt); }},
    {"sensor", text, [](Out& out, const Target& row) { out.text(row.sensor); }},
    {"server", inet, [](Out& out, const Target& row) { out.inet(row.reply->server.address); }},
    {"outcome", text, [](Out& out, const Target& row) { out.text(name_of(row.reply->outcome)); }},
});

}  // namespace

std::span<const Column<ScanJobRow>> scan_columns() noexcept {
  return kScan;
}
std::span<const Column<ScanServiceRow>> scan_service_columns() noexcept {
  return kService;
}
std::span<const Column<ScanTargetRow>> scan_target_columns() noexcept {
  return kTarget;
}

}  // namespace control
