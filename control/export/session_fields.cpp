// SPDX-License-Identifier: Apache-2.0
#include "control/export/native_record.hpp"
#include "control/export/text_format.hpp"

#include <array>

namespace control {
namespace {

using Context = RecordContext;

void write_fingerprint(JsonLine& out, const std::string& value) {
  value.empty() ? out.null() : out.text(value);
}

// Writes null, or what `get` finds in the hello / in the answer.
template <typename Get>
void from_hello(JsonLine& out, const Context& c, Get get) {
  c.seen.hello ? get(out, *c.seen.hello) : out.null();
}
template <typename Get>
void from_answer(JsonLine& out, const Context& c, Get get) {
  c.seen.answer ? get(out, *c.seen.answer) : out.null();
}

void write_versions(JsonLine& out, const std::optional<std::vector<uint16_t>>& versions) {
  if (!versions) return out.null();
  out.begin_array();
  for (const uint16_t version : *versions)
    out.hex(version, 4);
  out.end_array();
}

void write_names(JsonLine& out, const std::optional<std::vector<std::string>>& names) {
  if (!names) return out.null();
  out.begin_array();
  for (const std::string& name : *names)
    out.text(text_of_bytes(name));
  out.end_array();
}

void write_bytes(JsonLine& out, const std::optional<std::string>& bytes) {
  bytes ? out.text(text_of_bytes(*bytes)) : out.null();
}

void write_certificates(JsonLine& out, const std::vector<tls::CertificatePtr>& chain) {
  out.begin_array();
  for (const tls::CertificatePtr& certificate : chain) {
    out.begin_object();
    for (const CertificateField& field : certificate_fields()) {
      out.key(field.name);
      field.write(out, *certificate);
    }
    out.end_object();
  }
  out.end_array();
}

constexpr std::string_view transport_name(tls::Transport transport) noexcept {
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

constexpr std::string_view kString = R"({"type":"string"})";
constexpr std::string_view kText = R"({"type":["string","null"]})";
constexpr std::string_view kFlag = R"({"type":"boolean"})";
constexpr std::string_view kCount = R"({"type":"integer","minimum":0})";
constexpr std::string_view kPort = R"({"type":"integer","minimum":0,"maximum":65535})";
constexpr std::string_view kCode16 = R"({"type":["string","null"],"pattern":"^0x[0-9a-f]{4}$"})";
constexpr std::string_view kMd5 = R"({"type":["string","null"],"pattern":"^[0-9a-f]{32}$"})";
constexpr std::string_view kTexts = R"({"type":["array","null"],"items":{"type":"string"}})";
constexpr std::string_view kChain =
    R"({"type":"array","items":{"$ref":"#/definitions/certificate"}})";

constexpr std::array kFields = {
    RecordField{"type", R"({"const":"tls"})", "kind of record",
                [](JsonLine& out, const Context&) { out.text("tls"); }},
    RecordField{"ts", kString, "first packet of the flow, UTC, nanoseconds",
                [](JsonLine& out, const Context& c) { out.text(text_of(c.seen.seen)); }},
    RecordField{"sensor", kString, "name of the sensor that saw it",
                [](JsonLine& out, const Context& c) { out.text(c.sensor); }},
    RecordField{"source", R"({"enum":["passive","active"]})", "tap or scanner",
                [](JsonLine& out, const Context& c) {
                  out.text(c.seen.source == tls::Source::passive ? "passive" : "active");
                }},
    RecordField{"transport", R"({"enum":["tcp","quic","dtls"]})", "what carried the handshake",
                [](JsonLine& out, const Context& c) {
                  out.text(transport_name(c.seen.transport));
                }},
    RecordField{"src", kString, "client address",
                [](JsonLine& out, const Context& c) { out.text(text_of(c.seen.client.address)); }},
    RecordField{"sport", kPort, "client port",
                [](JsonLine& out, const Context& c) { out.number(c.seen.client.port); }},
    RecordField{"dst", kString, "server address",
                [](JsonLine& out, const Context& c) { out.text(text_of(c.seen.server.address)); }},
    RecordField{"dport", kPort, "server port",
                [](JsonLine& out, const Context& c) { out.number(c.seen.server.port); }},
    RecordField{"sni", kText, "server name asked for; \\xHH for bytes that are not printable UTF-8",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c, [](JsonLine& o, const auto& h) { write_bytes(o, h.sni); });
                }},
    RecordField{"alpn", kTexts, "protocols offered, in order",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c, [](JsonLine& o, const auto& h) { write_names(o, h.alpn); });
                }},
    RecordField{"client_version", kCode16, "ClientHello.legacy_version",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c,
                             [](JsonLine& o, const auto& h) { o.hex(h.legacy_version, 4); });
                }},
    RecordField{"client_versions", kTexts, "supported_versions without GREASE",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c, [](JsonLine& o, const auto& h) {
                    write_versions(o, h.supported_versions);
                  });
                }},
    RecordField{"ja3_full", kText, "JA3 string",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c,
                             [](JsonLine& o, const auto& h) { write_fingerprint(o, h.ja3.raw); });
                }},
    RecordField{"ja3", kMd5, "JA3",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c,
                             [](JsonLine& o, const auto& h) { write_fingerprint(o, h.ja3.hash); });
                }},
    RecordField{"ja4", kText, "JA4",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c,
                             [](JsonLine& o, const auto& h) { write_fingerprint(o, h.ja4.hash); });
                }},
    RecordField{"ja4_r", kText, "JA4, raw",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c,
                             [](JsonLine& o, const auto& h) { write_fingerprint(o, h.ja4.raw); });
                }},
    RecordField{"ja4_o", kText, "JA4 in wire order",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c, [](JsonLine& o, const auto& h) {
                    write_fingerprint(o, h.ja4_original.hash);
                  });
                }},
    RecordField{"ja4_ro", kText, "JA4 in wire order, raw",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c, [](JsonLine& o, const auto& h) {
                    write_fingerprint(o, h.ja4_original.raw);
                  });
                }},
    RecordField{"server_version", kCode16, "negotiated version",
                [](JsonLine& out, const Context& c) {
                  from_answer(out, c, [](JsonLine& o, const auto& s) { o.hex(s.version, 4); });
                }},
    RecordField{"server_legacy_version", kCode16, "ServerHello.legacy_version",
                [](JsonLine& out, const Context& c) {
                  from_answer(out, c,
                              [](JsonLine& o, const auto& s) { o.hex(s.legacy_version, 4); });
                }},
    RecordField{"cipher", kCode16, "cipher suite chosen",
                [](JsonLine& out, const Context& c) {
                  from_answer(out, c, [](JsonLine& o, const auto& s) { o.hex(s.cipher, 4); });
                }},
    RecordField{"group", kCode16, "key exchange group chosen (TLS 1.3)",
                [](JsonLine& out, const Context& c) {
                  from_answer(out, c, [](JsonLine& o, const auto& s) {
                    s.group ? o.hex(*s.group, 4) : o.null();
                  });
                }},
    RecordField{"alpn_selected", kText, "protocol chosen, where it is sent in clear",
                [](JsonLine& out, const Context& c) {
                  from_answer(out, c,
                              [](JsonLine& o, const auto& s) { write_bytes(o, s.alpn_selected); });
                }},
    RecordField{"ja3s_full", kText, "JA3S string",
                [](JsonLine& out, const Context& c) {
                  from_answer(out, c,
                              [](JsonLine& o, const auto& s) { write_fingerprint(o, s.ja3s.raw); });
                }},
    RecordField{"ja3s", kMd5, "JA3S",
                [](JsonLine& out, const Context& c) {
                  from_answer(out, c, [](JsonLine& o, const auto& s) {
                    write_fingerprint(o, s.ja3s.hash);
                  });
                }},
    RecordField{"ja4s", kText, "JA4S; null in builds without foxio",
                [](JsonLine& out, const Context& c) {
                  from_answer(out, c, [](JsonLine& o, const auto& s) {
                    s.ja4s ? o.text(s.ja4s->hash) : o.null();
                  });
                }},
    RecordField{"certs", kChain, "certificates the server sent in clear, in wire order",
                [](JsonLine& out, const Context& c) { write_certificates(out, c.seen.certs); }},
    RecordField{
        "client_certs", kChain, "certificates the client sent in clear, in wire order",
        [](JsonLine& out, const Context& c) { write_certificates(out, c.seen.client_certs); }},
    RecordField{"hrr", kFlag, "a HelloRetryRequest was seen",
                [](JsonLine& out, const Context& c) { out.boolean(c.seen.hello_retry); }},
    RecordField{"resumed", kFlag, "an earlier session was resumed",
                [](JsonLine& out, const Context& c) { out.boolean(c.seen.resumed); }},
    RecordField{"psk", R"({"type":["boolean","null"]})", "pre_shared_key offered",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c, [](JsonLine& o, const auto& h) { o.boolean(h.psk); });
                }},
    RecordField{"ech", R"({"type":["boolean","null"]})", "encrypted ClientHello or SNI offered",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c, [](JsonLine& o, const auto& h) { o.boolean(h.ech); });
                }},
    RecordField{"starttls", kText, "protocol that was upgraded; null where TLS came first",
                [](JsonLine& out, const Context& c) {
                  c.seen.starttls.empty() ? out.null() : out.text(c.seen.starttls);
                }},
    RecordField{"plaintext_before", kCount, "client bytes of another protocol before TLS",
                [](JsonLine& out, const Context& c) { out.number(c.seen.plaintext_before); }},
    RecordField{"alert", R"({"type":["integer","null"],"minimum":0,"maximum":255})",
                "description of the first fatal alert sent in clear",
                [](JsonLine& out, const Context& c) {
                  c.seen.alert ? out.number(*c.seen.alert) : out.null();
                }},
    RecordField{"conflict", kFlag, "retransmitted bytes differed; the first ones were used",
                [](JsonLine& out, const Context& c) { out.boolean(c.seen.conflict); }},
    RecordField{"complete", kFlag, "everything a tap can see of the handshake was there",
                [](JsonLine& out, const Context& c) { out.boolean(c.seen.complete()); }},
    RecordField{"missing_reason", kText, "why it is not complete",
                [](JsonLine& out, const Context& c) {
                  c.seen.complete() ? out.null() : out.text(tls::name_of(c.seen.missing));
                }},
};

}  // namespace

std::span<const RecordField> record_fields() noexcept {
  return kFields;
}

}  // namespace control
