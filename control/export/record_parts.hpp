// SPDX-License-Identifier: Apache-2.0
// What the field tables of several kinds of record share. Part of those tables, apart for its use.
#pragma once

#include "control/export/native_record.hpp"
#include "control/export/text_format.hpp"
#include "tls/fingerprint/method.hpp"

#include <algorithm>
#include <array>

namespace control::record_parts {

inline constexpr std::string_view kString = R"({"type":"string"})";
inline constexpr std::string_view kText = R"({"type":["string","null"]})";
inline constexpr std::string_view kFlag = R"({"type":"boolean"})";
inline constexpr std::string_view kFlagOrNull = R"({"type":["boolean","null"]})";
inline constexpr std::string_view kPort = R"({"type":"integer","minimum":0,"maximum":65535})";
inline constexpr std::string_view kMd5 = R"({"type":["string","null"],"pattern":"^[0-9a-f]{32}$"})";

inline void write_text_or_null(JsonLine& out, const std::string& value) {
  value.empty() ? out.null() : out.text(value);
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

// Who, whom, when: behind `type` in every record.
inline constexpr std::array kHead = {
    RecordField{"ts", kString, "first packet of the flow, UTC, nanoseconds",
                [](JsonLine& out, const RecordContext& c) { out.text(text_of(c.seen.seen)); }},
    RecordField{"sensor", kString, "name of the sensor that saw it",
                [](JsonLine& out, const RecordContext& c) { out.text(c.sensor); }},
    RecordField{"source", R"({"enum":["passive","active"]})", "tap or scanner",
                [](JsonLine& out, const RecordContext& c) {
                  out.text(c.seen.source == tls::Source::passive ? "passive" : "active");
                }},
    RecordField{
        "transport", R"({"enum":["tcp","quic","dtls"]})", "what carried the handshake",
        [](JsonLine& out, const RecordContext& c) { out.text(transport_name(c.seen.transport)); }},
    RecordField{
        "src", kString, "client address",
        [](JsonLine& out, const RecordContext& c) { out.text(text_of(c.seen.client.address)); }},
    RecordField{"sport", kPort, "client port",
                [](JsonLine& out, const RecordContext& c) { out.number(c.seen.client.port); }},
    RecordField{
        "dst", kString, "server address",
        [](JsonLine& out, const RecordContext& c) { out.text(text_of(c.seen.server.address)); }},
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
                [](JsonLine& out, const RecordContext&) {
                  out.begin_object();
                  for (const tls::FingerprintMethod& method : tls::fingerprint_methods()) {
                    out.key(method.name);
                    out.text(method.version);
                  }
                  out.end_object();
                }},
};

template <size_t... kSizes>
constexpr auto join(const std::array<RecordField, kSizes>&... parts) {
  std::array<RecordField, (kSizes + ...)> out{};
  auto at = out.begin();
  ((at = std::copy(parts.begin(), parts.end(), at)), ...);
  return out;
}

}  // namespace control::record_parts
