// SPDX-License-Identifier: Apache-2.0
#include "control/export/record_parts.hpp"
#include "control/export/scan_record.hpp"

namespace control {
namespace {

using record_parts::kByteOrNull;
using record_parts::kCount;
using record_parts::kPort;
using record_parts::kString;

// Its numbers mean something only where ICMP spoke.
bool is_icmp(const TargetContext& c) {
  return c.reply.outcome == flowtable::TargetOutcome::unreachable;
}

constexpr std::array kTargetFields = {
    TargetField{"type", R"({"const":"target"})", "kind of record",
                [](JsonLine& out, const TargetContext&) { out.text("target"); }},
    TargetField{"ts", kString, "when the outcome was known, UTC, nanoseconds",
                [](JsonLine& out, const TargetContext& c) { out.text(text_of(c.reply.tick)); }},
    TargetField{"sensor", kString, "name of the sensor that probed it",
                [](JsonLine& out, const TargetContext& c) { out.text(c.sensor); }},
    TargetField{"scan", kCount, "number of the job",
                [](JsonLine& out, const TargetContext& c) { out.number(c.reply.job); }},
    TargetField{
        "dst", kString, "address probed",
        [](JsonLine& out, const TargetContext& c) { out.text(text_of(c.reply.server.address)); }},
    TargetField{"dport", kPort, "port probed",
                [](JsonLine& out, const TargetContext& c) { out.number(c.reply.server.port); }},
    TargetField{"outcome", record_parts::kOutcome, "what became of it",
                [](JsonLine& out, const TargetContext& c) { out.text(name_of(c.reply.outcome)); }},
    TargetField{"attempt", kCount, "the attempt that was answered, else the last one; from 0",
                [](JsonLine& out, const TargetContext& c) { out.number(c.reply.attempt); }},
    TargetField{"icmp_type", kByteOrNull, "of the error that came for an unreachable one",
                [](JsonLine& out, const TargetContext& c) {
                  is_icmp(c) ? out.number(c.reply.icmp_type) : out.null();
                }},
    TargetField{"icmp_code", kByteOrNull, "of the same error",
                [](JsonLine& out, const TargetContext& c) {
                  is_icmp(c) ? out.number(c.reply.icmp_code) : out.null();
                }},
};

}  // namespace

std::span<const TargetField> target_fields() noexcept {
  return kTargetFields;
}

}  // namespace control
