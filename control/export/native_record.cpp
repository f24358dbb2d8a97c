// SPDX-License-Identifier: Apache-2.0
#include "control/export/native_record.hpp"

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

}  // namespace

void append_native_record(std::string& out, const RecordContext& context) {
  JsonLine line(out);
  line.begin_object();
  for (const RecordField& field : record_fields()) {
    line.key(field.name);
    field.write(line, context);
  }
  line.end_object();
  out += '\n';
}

std::string native_schema() {
  std::string out =
      "{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n"
      "  \"title\": \"tapseal native record: one TLS session\",";
  append_object_schema(out, record_fields(), "  ");
  out += ",\n  \"definitions\": {\n    \"certificate\": {";
  append_object_schema(out, certificate_fields(), "      ");
  out += "\n    }\n  }\n}\n";
  return out;
}

}  // namespace control
