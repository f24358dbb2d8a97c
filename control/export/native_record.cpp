// SPDX-License-Identifier: Apache-2.0
#include "control/export/native_record.hpp"

#include "control/export/scan_record.hpp"

#include <algorithm>
#include <vector>

namespace control {
namespace {

// `properties` and `required` of one object, from its field table.
template <typename Field>
void append_object_schema(std::string& out, std::span<const Field> fields,
                          std::string_view indent) {
  const std::string line = "\n" + std::string(indent);
  out += line + R"("type": "object",)" + line + R"("additionalProperties": false,)";
  out += line + R"("properties": {)";
  std::string_view separator = "";
  for (const Field& field : fields) {
    out += separator;
    out += line + "  \"" + std::string(field.name) + R"(": {"description": ")";
    for (const char c : field.help) {
      if (c == '\\' || c == '"') out += '\\';
      out += c;
    }
    out += "\", ";
    out += field.schema.substr(1);  // the members of the schema object, after its brace
    separator = ",";
  }
  out += line + "}," + line + R"("required": [)";
  separator = "";
  for (const Field& field : fields) {
    out += separator;
    out += '"' + std::string(field.name) + '"';
    separator = ", ";
  }
  out += "]";
}

void append_definition(std::string& out, std::string_view name, auto fields) {
  out += "    \"" + std::string(name) + "\": {";
  append_object_schema(out, fields, "      ");
  out += "\n    }";
}

// One object on one line.
template <typename Field, typename Context>
void append_line(std::string& out, std::span<const Field> fields, const Context& context) {
  JsonLine line(out);
  line.begin_object();
  for (const Field& field : fields) {
    line.key(field.name);
    field.write(line, context);
  }
  line.end_object();
  out += '\n';
}

// Rows that stand together and depend on the same.
struct FieldRun {
  std::span<const RecordField> fields;
  [[nodiscard]] FieldOf of() const noexcept { return fields.front().of; }
};

std::vector<FieldRun> runs_of(std::span<const RecordField> fields) {
  std::vector<FieldRun> out;
  while (!fields.empty()) {
    const FieldOf of = fields.front().of;
    const auto end = std::ranges::find_if(fields, [of](const auto& each) { return each.of != of; });
    const auto length = static_cast<size_t>(end - fields.begin());
    out.push_back({fields.first(length)});
    fields = fields.subspan(length);
  }
  return out;
}

void write_fields(JsonLine& line, const FieldRun& run, const RecordContext& context) {
  for (const RecordField& field : run.fields) {
    line.key(field.name);
    field.write(line, context);
  }
}

// Number `piece` of the runs.
void write_run(JsonLine& line, const FieldRun& run, size_t piece, const RecordContext& context) {
  const auto from_memory = [&](const auto& facts) {
    if (facts == nullptr) return write_fields(line, run, context);
    line.written(context.memo->text(facts, piece, [&](std::string& text) {
      JsonLine part(text);
      write_fields(part, run, context);
    }));
  };
  if (context.memo == nullptr || run.of() == FieldOf::session) {
    write_fields(line, run, context);
  } else if (run.of() == FieldOf::hello) {
    from_memory(context.seen.hello.share());
  } else {
    from_memory(context.seen.answer.share());
  }
}

void append_tls_record(std::string& out, const RecordContext& context) {
  static const std::vector<FieldRun> runs = runs_of(tls_fields());
  JsonLine line(out);
  line.begin_object();
  for (size_t piece = 0; piece < runs.size(); ++piece)
    write_run(line, runs[piece], piece, context);
  line.end_object();
  out += '\n';
}

}  // namespace

std::span<const RecordField> record_fields(tls::RecordKind kind) noexcept {
  return kind == tls::RecordKind::ssh ? ssh_fields() : tls_fields();
}

void append_native_record(std::string& out, const RecordContext& context) {
  if (context.seen.kind == tls::RecordKind::tls) return append_tls_record(out, context);
  append_line(out, ssh_fields(), context);
}
void append_service_record(std::string& out, const ServiceContext& context) {
  append_line(out, service_fields(), context);
}
void append_target_record(std::string& out, const TargetContext& context) {
  append_line(out, target_fields(), context);
}
void append_scan_record(std::string& out, const ScanSummary& scan) {
  append_line(out, scan_fields(), scan);
}
void append_imported_record(std::string& out, const ImportedFinding& found) {
  append_line(out, imported_fields(), found);
}

std::string native_schema() {
  std::string out =
      "{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n"
      "  \"title\": \"tapseal native record: one TLS session or SSH connection, one service or"
      " target of a scan, a scan, or another scanner's finding\",\n"
      "  \"oneOf\": [{\"$ref\": \"#/definitions/tls\"}, {\"$ref\": \"#/definitions/ssh\"},\n"
      "            {\"$ref\": \"#/definitions/service\"}, {\"$ref\": \"#/definitions/target\"},\n"
      "            {\"$ref\": \"#/definitions/scan\"}, {\"$ref\": \"#/definitions/imported\"}],\n"
      "  \"definitions\": {\n";
  append_definition(out, "tls", tls_fields());
  out += ",\n";
  append_definition(out, "ssh", ssh_fields());
  out += ",\n";
  append_definition(out, "service", service_fields());
  out += ",\n";
  append_definition(out, "target", target_fields());
  out += ",\n";
  append_definition(out, "scan", scan_fields());
  out += ",\n";
  append_definition(out, "imported", imported_fields());
  out += ",\n";
  append_definition(out, "probe", probe_fields());
  out += ",\n";
  append_definition(out, "certificate", certificate_fields());
  out += "\n  }\n}\n";
  return out;
}

}  // namespace control
