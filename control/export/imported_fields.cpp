// SPDX-License-Identifier: Apache-2.0
#include "control/export/record_parts.hpp"
#include "control/export/scan_record.hpp"

namespace control {
namespace {

using record_parts::kFlag;
using record_parts::kPort;
using record_parts::kString;
using record_parts::kText;

using Found = ImportedFinding;

void write_bytes_or_null(JsonLine& out, std::string_view bytes) {
  bytes.empty() ? out.null() : out.text(text_of_bytes(bytes));
}

void write_found_certificates(JsonLine& out, const Found& found) {
  out.begin_array();
  for (const std::vector<uint8_t>& der : found.certificates)
    out.text(hex_of(der));
  out.end_array();
}

constexpr std::array kImportedFields = {
    ImportedField{"type", R"({"const":"imported"})", "kind of record",
                  [](JsonLine& out, const Found&) { out.text("imported"); }},
    ImportedField{"ts", kString, "when the other scanner saw it, UTC; 1970 where it does not say",
                  [](JsonLine& out, const Found& f) { out.text(text_of_seconds(f.seconds)); }},
    ImportedField{"seconds", R"({"type":"integer"})", "the same, since 1970",
                  [](JsonLine& out, const Found& f) { out.number(f.seconds); }},
    ImportedField{"dst", kString, "server address",
                  [](JsonLine& out, const Found& f) { out.text(text_of(f.server.address)); }},
    ImportedField{"dport", kPort, "server port",
                  [](JsonLine& out, const Found& f) { out.number(f.server.port); }},
    ImportedField{"transport", R"({"enum":["tcp","udp"]})", "what the other scanner probed",
                  [](JsonLine& out, const Found& f) { out.text(f.transport); }},
    ImportedField{"outcome", R"({"enum":["open","closed","filtered","unknown"]})",
                  "what became of it", [](JsonLine& out, const Found& f) { out.text(f.outcome); }},
    ImportedField{"reason", kText, "the other scanner's word for why",
                  [](JsonLine& out, const Found& f) { write_bytes_or_null(out, f.reason); }},
    ImportedField{"service", kText, "the other scanner's name for it",
                  [](JsonLine& out, const Found& f) { write_bytes_or_null(out, f.service); }},
    ImportedField{"name", kText, "a name that it was asked by, or that its address stands for",
                  [](JsonLine& out, const Found& f) { write_bytes_or_null(out, f.name); }},
    ImportedField{"tls", kFlag, "it spoke TLS with the other scanner",
                  [](JsonLine& out, const Found& f) { out.boolean(f.tls); }},
    ImportedField{"certs",
                  R"({"type":"array","items":{"type":"string","pattern":"^([0-9a-f][0-9a-f])+$"}})",
                  "DER in hex, in the order of the other scanner's file", write_found_certificates},
};

}  // namespace

std::span<const ImportedField> imported_fields() noexcept {
  return kImportedFields;
}

}  // namespace control
