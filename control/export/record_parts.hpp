// SPDX-License-Identifier: Apache-2.0
// What the field tables of several kinds of record share. Part of those tables, apart for its use.
#pragma once

#include "control/export/native_record.hpp"
#include "control/export/text_format.hpp"
#include "tls/fingerprint/method.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace control::record_parts {

inline constexpr std::string_view kString = R"({"type":"string"})";
inline constexpr std::string_view kText = R"({"type":["string","null"]})";
inline constexpr std::string_view kFlag = R"({"type":"boolean"})";
inline constexpr std::string_view kFlagOrNull = R"({"type":["boolean","null"]})";
inline constexpr std::string_view kPort = R"({"type":"integer","minimum":0,"maximum":65535})";
inline constexpr std::string_view kCount = R"({"type":"integer","minimum":0})";
inline constexpr std::string_view kCountOrNull = R"({"type":["integer","null"],"minimum":0})";
inline constexpr std::string_view kByteOrNull =
    R"({"type":["integer","null"],"minimum":0,"maximum":255})";
inline constexpr std::string_view kCode16 =
    R"({"type":["string","null"],"pattern":"^0x[0-9a-f]{4}$"})";
inline constexpr std::string_view kTransport = R"({"enum":["tcp","quic","dtls"]})";
inline constexpr std::string_view kOutcome =
    R"({"enum":["open","closed","unreachable","silent","lost-locally"]})";
inline constexpr std::string_view kMd5 = R"({"type":["string","null"],"pattern":"^[0-9a-f]{32}$"})";

inline void write_text_or_null(JsonLine& out, const std::string& value) {
  value.empty() ? out.null() : out.text(value);
}

inline void write_word(JsonLine& out, std::string_view word) {
  word.empty() ? out.null() : out.text(word);
}

inline void write_code(JsonLine& out, std::optional<uint16_t> code) {
  code ? out.hex(*code, 4) : out.null();
}

inline std::string_view transport_name(tls::Transport transport) noexcept {
  switch (transport) {
    case tls::Transport::tcp:
      return "tcp";
    case tls::Transport::quic:
      return "quic";
    case tls::Transport::dtls:
      return "dtls";
  }
  return "tcp";
}

// The same in every record.
inline void write_method_versions(JsonLine& out) {
  static const std::string text = [] {
    std::string made;
    JsonLine versions(made);
    versions.begin_object();
    for (const tls::FingerprintMethod& method : tls::fingerprint_methods()) {
      versions.key(method.name);
      versions.text(method.version);
    }
    versions.end_object();
    return made;
  }();
  out.written(text);
}

// Who, whom, when: behind `type` in every record.
inline constexpr std::array kHead = {
    RecordField{
        "ts", kString, "first packet of the flow, UTC, nanoseconds",
        [](JsonLine& out, const RecordContext& c) { out.text(short_text_of(c.seen.seen).view()); }},
    RecordField{"sensor", kString, "name of the sensor that saw it",
                [](JsonLine& out, const RecordContext& c) { out.text(c.sensor); }},
    RecordField{"source", R"({"enum":["passive","active","imported"]})",
                "tap, scanner, or another scanner's file",
                [](JsonLine& out, const RecordContext& c) { out.text(name_of(c.seen.source)); }},
    RecordField{
        "transport", kTransport, "what carried the handshake",
        [](JsonLine& out, const RecordContext& c) { out.text(transport_name(c.seen.transport)); }},
    RecordField{"src", kString, "client address",
                [](JsonLine& out, const RecordContext& c) {
                  out.text(short_text_of(c.seen.client.address).view());
                }},
    RecordField{"sport", kPort, "client port",
                [](JsonLine& out, const RecordContext& c) { out.number(c.seen.client.port); }},
    RecordField{"dst", kString, "server address",
                [](JsonLine& out, const RecordContext& c) {
                  out.text(short_text_of(c.seen.server.address).view());
                }},
    RecordField{"dport", kPort, "server port",
                [](JsonLine& out, const RecordContext& c) { out.number(c.seen.server.port); }},
};

// What became of it, and by which rules its fingerprints were made: the end of every record.
inline constexpr std::array kTail = {
    RecordField{"conflict", kFlag, "retransmitted bytes differed; the first ones were used",
                [](JsonLine& out, const RecordContext& c) { out.boolean(c.seen.conflict); }},
    RecordField{"complete", kFlag, "everything a tap can see of the handshake was there",
                [](JsonLine& out, const RecordContext& c) { out.boolean(c.seen.complete()); }},
    RecordField{"missing_reason", kText, "why it is not complete",
                [](JsonLine& out, const RecordContext& c) {
                  c.seen.complete() ? out.null() : out.text(tls::name_of(c.seen.missing));
                }},
    RecordField{"fingerprint_versions",
                R"({"type":"object","additionalProperties":{"type":"string"}})",
                "version of the rules of each method of this build",
                [](JsonLine& out, const RecordContext&) { write_method_versions(out); }},
};

// The same rows, whose values depend on that alone.
template <size_t kSize>
constexpr std::array<RecordField, kSize> depending_on(FieldOf of,
                                                      std::array<RecordField, kSize> rows) {
  for (RecordField& row : rows)
    row.of = of;
  return rows;
}

template <size_t... kSizes>
constexpr auto join(const std::array<RecordField, kSizes>&... parts) {
  std::array<RecordField, (kSizes + ...)> out{};
  auto at = out.begin();
  ((at = std::copy(parts.begin(), parts.end(), at)), ...);
  return out;
}

}  // namespace control::record_parts
