// SPDX-License-Identifier: Apache-2.0
#include "control/export/native_record.hpp"
#include "control/export/record_parts.hpp"
#include "tls/wire/named_group.hpp"

#include <chrono>

namespace control {
namespace {

using record_parts::depending_on;
using record_parts::join;
using record_parts::kByteOrNull;
using record_parts::kCode16;
using record_parts::kCount;
using record_parts::kCountOrNull;
using record_parts::kFlag;
using record_parts::kFlagOrNull;
using record_parts::kHead;
using record_parts::kMd5;
using record_parts::kTail;
using record_parts::kText;
using record_parts::write_text_or_null;
using record_parts::write_word;
using Context = RecordContext;

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
    out.bytes(name);
  out.end_array();
}

void write_bytes(JsonLine& out, const std::optional<std::string>& bytes) {
  bytes ? out.bytes(*bytes) : out.null();
}

void write_groups(JsonLine& out, const std::vector<uint16_t>& groups) {
  out.begin_array();
  for (const uint16_t group : groups)
    out.hex(group, 4);
  out.end_array();
}

// A code without a name stands for itself, in hex.
void write_group_name(JsonLine& out, uint16_t code) {
  const tls::NamedGroup* const group = tls::find_named_group(code);
  group == nullptr ? out.hex(code, 4) : out.text(group->name);
}

void write_ech_outer(JsonLine& out, const std::optional<tls::EchOuter>& outer) {
  if (!outer) return out.null();
  out.begin_object();
  out.key("config_id");
  out.number(outer->config_id);
  out.key("kdf");
  out.hex(outer->kdf, 4);
  out.key("aead");
  out.hex(outer->aead, 4);
  out.end_object();
}

void write_optional_print(JsonLine& out, const std::optional<tls::Fingerprint>& print,
                          std::string tls::Fingerprint::*form) {
  print ? write_text_or_null(out, (*print).*form) : out.null();
}

void write_original(JsonLine& out, const std::optional<tls::OriginalSession>& original) {
  if (!original) return out.null();
  out.begin_object();
  out.key("ts");
  out.text(text_of(original->seen));
  out.key("certs");
  out.begin_array();
  for (const tls::Sha256& sha256 : original->certs)
    out.text(hex_of(sha256));
  out.end_array();
  out.end_object();
}

// The scanner has the keys; a tap cannot tell that nothing was asked.
void write_certificate_asked(JsonLine& out, const tls::Observation& seen) {
  const bool is_known = seen.source == tls::Source::active || seen.client_certificate_asked;
  is_known ? out.boolean(seen.client_certificate_asked) : out.null();
}

// How old the sight was when its certificate was fetched.
void write_delay(JsonLine& out, const tls::Observation& seen) {
  if (!seen.wanted_since) return out.null();
  const auto delay = seen.seen - *seen.wanted_since;
  out.number(std::chrono::floor<std::chrono::milliseconds>(delay).count());
}

constexpr std::string_view kNumberOrNull = R"({"type":["integer","null"]})";
constexpr std::string_view kCode32 = R"({"type":["string","null"],"pattern":"^0x[0-9a-f]{8}$"})";
constexpr std::string_view kTexts = R"({"type":["array","null"],"items":{"type":"string"}})";
constexpr std::string_view kChain =
    R"({"type":"array","items":{"$ref":"#/definitions/certificate"}})";

constexpr std::string_view kEchOuter =
    R"({"type":["object","null"],"additionalProperties":false,"properties":{)"
    R"("config_id":{"type":"integer","minimum":0,"maximum":255},"kdf":{"type":"string"},)"
    R"("aead":{"type":"string"}},"required":["config_id","kdf","aead"]})";
constexpr std::string_view kOriginal =
    R"({"type":["object","null"],"additionalProperties":false,"properties":{)"
    R"("ts":{"type":"string"},"certs":{"type":"array","items":{"type":"string"}}},)"
    R"("required":["ts","certs"]})";
constexpr std::string_view kResumedBy = R"({"enum":["session_id","ticket","psk",null]})";

constexpr std::array kTlsType = {
    RecordField{"type", R"({"const":"tls"})", "kind of record",
                [](JsonLine& out, const Context&) { out.text("tls"); }}};

constexpr std::array kName = {
    RecordField{"sni", kText, "server name asked for; \\xHH for bytes that are not printable UTF-8",
                [](JsonLine& out, const Context& c) { write_bytes(out, c.seen.sni); }},
};

constexpr std::array kHello = {
    RecordField{"alpn", kTexts, "protocols offered, in order",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c, [](JsonLine& o, const auto& h) { write_names(o, h.alpn); });
                }},
    RecordField{"client_version", kCode16, "ClientHello.legacy_version",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c,
                             [](JsonLine& o, const auto& h) { o.hex(h.legacy_version, 4); });
                }},
    RecordField{"client_versions", kTexts,
                "supported_versions without "
                "GREASE",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c, [](JsonLine& o, const auto& h) {
                    write_versions(o, h.supported_versions);
                  });
                }},
    RecordField{"groups", kTexts, "supported_groups without GREASE",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c, [](JsonLine& o, const auto& h) { write_groups(o, h.groups); });
                }},
    RecordField{"group_names", kTexts,
                "the same by name, where they "
                "have one",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c, [](JsonLine& o, const auto& h) {
                    o.begin_array();
                    for (const uint16_t group : h.groups)
                      write_group_name(o, group);
                    o.end_array();
                  });
                }},
    RecordField{"key_shares", kTexts,
                "groups that the client sent a "
                "key of, without GREASE",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c,
                             [](JsonLine& o, const auto& h) { write_groups(o, h.key_shares); });
                }},
    RecordField{"pq_offered", kFlagOrNull,
                "a post-quantum group is among "
                "those offered",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c, [](JsonLine& o, const auto& h) {
                    o.boolean(tls::any_post_quantum(h.groups) ||
                              tls::any_post_quantum(h.key_shares));
                  });
                }},
    RecordField{"ja3_full", kText, "JA3 string",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c,
                             [](JsonLine& o, const auto& h) { write_text_or_null(o, h.ja3.raw); });
                }},
    RecordField{"ja3", kMd5, "JA3",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c,
                             [](JsonLine& o, const auto& h) { write_text_or_null(o, h.ja3.hash); });
                }},
    RecordField{"ja4", kText, "JA4",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c,
                             [](JsonLine& o, const auto& h) { write_text_or_null(o, h.ja4.hash); });
                }},
    RecordField{"ja4_r", kText, "JA4, raw",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c,
                             [](JsonLine& o, const auto& h) { write_text_or_null(o, h.ja4.raw); });
                }},
    RecordField{"ja4_o", kText, "JA4 in wire order",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c, [](JsonLine& o, const auto& h) {
                    write_text_or_null(o, h.ja4_original.hash);
                  });
                }},
    RecordField{"ja4_ro", kText, "JA4 in wire order, raw",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c, [](JsonLine& o, const auto& h) {
                    write_text_or_null(o, h.ja4_original.raw);
                  });
                }},
    RecordField{"npf", kText,
                "Network Protocol Fingerprint: "
                "reversible, extensions sorted",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c,
                             [](JsonLine& o, const auto& h) { write_text_or_null(o, h.npf.raw); });
                }},
};

constexpr std::array kAnswer = {
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
    RecordField{"group", kCode16, "key exchange group chosen; before TLS 1.3 only of ECDHE",
                [](JsonLine& out, const Context& c) {
                  from_answer(out, c, [](JsonLine& o, const auto& s) {
                    s.group ? o.hex(*s.group, 4) : o.null();
                  });
                }},
    RecordField{"group_name", kText, "the same by name, where it has one",
                [](JsonLine& out, const Context& c) {
                  from_answer(out, c, [](JsonLine& o, const auto& s) {
                    s.group ? write_group_name(o, *s.group) : o.null();
                  });
                }},
    RecordField{"pq_selected", kFlagOrNull, "the group chosen is a post-quantum one",
                [](JsonLine& out, const Context& c) {
                  from_answer(out, c, [](JsonLine& o, const auto& s) {
                    s.group ? o.boolean(tls::is_post_quantum(*s.group)) : o.null();
                  });
                }},
    RecordField{"alpn_selected", kText, "protocol chosen, where it is sent in clear",
                [](JsonLine& out, const Context& c) {
                  from_answer(out, c,
                              [](JsonLine& o, const auto& s) { write_bytes(o, s.alpn_selected); });
                }},
    RecordField{"ja3s_full", kText, "JA3S string",
                [](JsonLine& out, const Context& c) {
                  from_answer(out, c, [](JsonLine& o, const auto& s) {
                    write_text_or_null(o, s.ja3s.raw);
                  });
                }},
    RecordField{"ja3s", kMd5, "JA3S",
                [](JsonLine& out, const Context& c) {
                  from_answer(out, c, [](JsonLine& o, const auto& s) {
                    write_text_or_null(o, s.ja3s.hash);
                  });
                }},
    RecordField{"ja4s", kText, "JA4S; null in builds without foxio",
                [](JsonLine& out, const Context& c) {
                  from_answer(out, c, [](JsonLine& o, const auto& s) {
                    s.ja4s ? o.text(s.ja4s->hash) : o.null();
                  });
                }},
    RecordField{"ja4s_r", kText, "JA4S, raw",
                [](JsonLine& out, const Context& c) {
                  from_answer(out, c, [](JsonLine& o, const auto& s) {
                    s.ja4s ? o.text(s.ja4s->raw) : o.null();
                  });
                }},
};

constexpr std::array kOpening = {
    RecordField{"ja4t", kText, "JA4T of the client's SYN; this and the next three only with foxio",
                [](JsonLine& out, const Context& c) {
                  write_optional_print(out, c.seen.ja4t, &tls::Fingerprint::hash);
                }},
    RecordField{"ja4ts", kText, "JA4TS of the server's SYN-ACK",
                [](JsonLine& out, const Context& c) {
                  write_optional_print(out, c.seen.ja4ts, &tls::Fingerprint::hash);
                }},
    RecordField{"ja4l", kText, "JA4L: the client's distance from the tap",
                [](JsonLine& out, const Context& c) {
                  write_optional_print(out, c.seen.ja4l, &tls::Fingerprint::hash);
                }},
    RecordField{"ja4ls", kText, "JA4LS: the server's distance from the tap",
                [](JsonLine& out, const Context& c) {
                  write_optional_print(out, c.seen.ja4ls, &tls::Fingerprint::hash);
                }},
};

constexpr std::array kAnswerExtras = {
    RecordField{"ocsp_staple", kFlagOrNull, "the server sent a CertificateStatus in clear",
                [](JsonLine& out, const Context& c) {
                  from_answer(out, c, [](JsonLine& o, const auto& s) { o.boolean(s.ocsp_staple); });
                }},
    RecordField{"sct", kFlagOrNull, "the server sent SCTs in its hello's extension",
                [](JsonLine& out, const Context& c) {
                  from_answer(out, c, [](JsonLine& o, const auto& s) { o.boolean(s.sct); });
                }},
};

constexpr std::array kShown = {
    RecordField{"tlsh", kText, "TLSH over JA3, JA3S and the certificates' names, as D4 makes it",
                [](JsonLine& out, const Context& c) { write_text_or_null(out, c.seen.tlsh); }},
    RecordField{
        "certs", kChain, "certificates the server sent in clear, in wire order",
        [](JsonLine& out, const Context& c) { write_certificates(out, c.seen.certs, c.memo); }},
    RecordField{"client_certs", kChain, "certificates the client sent in clear, in wire order",
                [](JsonLine& out, const Context& c) {
                  write_certificates(out, c.seen.client_certs, c.memo);
                }},
    RecordField{"hrr", kFlag, "a HelloRetryRequest was seen",
                [](JsonLine& out, const Context& c) { out.boolean(c.seen.hello_retry); }},
    RecordField{"resumed", kFlag, "an earlier session was resumed",
                [](JsonLine& out, const Context& c) { out.boolean(c.seen.resumed); }},
    RecordField{
        "resumed_by", kResumedBy,
        "by what; psk: only that client, server and name are those of an earlier session",
        [](JsonLine& out, const Context& c) { write_word(out, tls::name_of(c.seen.resumed_by)); }},
    RecordField{"original", kOriginal, "the full handshake that it goes back to, where it was seen",
                [](JsonLine& out, const Context& c) { write_original(out, c.seen.original); }},
};

constexpr std::array kHelloExtras = {
    RecordField{"psk", kFlagOrNull, "pre_shared_key offered",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c, [](JsonLine& o, const auto& h) { o.boolean(h.psk); });
                }},
    RecordField{"ech", kFlagOrNull, "encrypted ClientHello or SNI offered",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c, [](JsonLine& o, const auto& h) { o.boolean(h.ech); });
                }},
    RecordField{"ech_outer", kEchOuter, "what the outer hello says of the ECH configuration",
                [](JsonLine& out, const Context& c) {
                  from_hello(out, c,
                             [](JsonLine& o, const auto& h) { write_ech_outer(o, h.ech_outer); });
                }},
};

constexpr std::array kRest = {
    RecordField{"quic_version", kCode32, "version of the QUIC packets that carried the hello",
                [](JsonLine& out, const Context& c) {
                  c.seen.quic_version ? out.hex(*c.seen.quic_version, 8) : out.null();
                }},
    RecordField{"starttls", kText, "protocol that was upgraded; null where TLS came first",
                [](JsonLine& out, const Context& c) { write_word(out, c.seen.starttls); }},
    RecordField{"plaintext_before", kCount, "client bytes of another protocol before TLS",
                [](JsonLine& out, const Context& c) { out.number(c.seen.plaintext_before); }},
    RecordField{"client_cert_requested", kFlagOrNull,
                "a CertificateRequest was seen; null where it may have been encrypted",
                [](JsonLine& out, const Context& c) { write_certificate_asked(out, c.seen); }},
    RecordField{"probe", kText, "id of the scanner's hello; null for the tap",
                [](JsonLine& out, const Context& c) { write_word(out, c.seen.probe); }},
    RecordField{"scan", kCountOrNull, "number of the scanner's job; null for the tap",
                [](JsonLine& out, const Context& c) {
                  c.seen.scan != 0 ? out.number(c.seen.scan) : out.null();
                }},
    RecordField{"wanted_ts", kText, "fetched, not seen: `ts` of the tap's session that asked",
                [](JsonLine& out, const Context& c) {
                  c.seen.wanted_since ? out.text(text_of(*c.seen.wanted_since)) : out.null();
                }},
    RecordField{"delay_ms", kNumberOrNull, "from there to the fetch, in milliseconds",
                [](JsonLine& out, const Context& c) { write_delay(out, c.seen); }},
    RecordField{"alert", kByteOrNull, "description of the first fatal alert sent in clear",
                [](JsonLine& out, const Context& c) {
                  c.seen.alert ? out.number(*c.seen.alert) : out.null();
                }},
};

constexpr auto kSessionFields = join(kTlsType, kHead, kName, depending_on(FieldOf::hello, kHello),
                                     depending_on(FieldOf::answer, kAnswer), kOpening,
                                     depending_on(FieldOf::answer, kAnswerExtras), kShown,
                                     depending_on(FieldOf::hello, kHelloExtras), kRest, kTail);

}  // namespace

std::span<const RecordField> tls_fields() noexcept {
  return kSessionFields;
}

}  // namespace control
