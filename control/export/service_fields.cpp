// SPDX-License-Identifier: Apache-2.0
#include "control/export/record_parts.hpp"
#include "control/export/scan_record.hpp"
#include "tls/fingerprint/foxio_methods.hpp"

#include <chrono>

namespace control {
namespace {

using record_parts::kByteOrNull;
using record_parts::kCode16;
using record_parts::kCount;
using record_parts::kFlag;
using record_parts::kFlagOrNull;
using record_parts::kPort;
using record_parts::kString;
using record_parts::kText;
using record_parts::write_code;
using record_parts::write_word;
using Probe = tls::ProbeOutcome;

constexpr std::string_view kReached =
    R"({"enum":["nothing","hello_retry","server_hello","certificate","end"]})";
constexpr std::string_view kRefusal =
    R"({"enum":["alert","closed","reset","timed_out","too_much","not_tls","malformed",)"
    R"("undecryptable","unexpected",null]})";
constexpr std::string_view kNoTls =
    R"({"enum":["refused","starttls","timed_out","not_tls","closed","reset","too_much",)"
    R"("malformed","false_open","stopped",null]})";
constexpr std::string_view kDigests =
    R"({"type":"array","items":{"type":"string","pattern":"^[0-9a-f]{64}$"}})";
constexpr std::string_view kProbes = R"({"type":"array","items":{"$ref":"#/definitions/probe"}})";
constexpr std::string_view kJarm = R"({"type":["string","null"],"pattern":"^[0-9a-f]{62}$"})";
constexpr std::string_view kAccepted =
    R"({"type":"array","items":{"type":"object","additionalProperties":false,"properties":{)"
    R"("version":{"type":"string"},"suites":{"type":"array","items":{"type":"string"}}},)"
    R"("required":["version","suites"]}})";
constexpr std::string_view kGroups =
    R"({"type":"object","additionalProperties":false,"properties":{)"
    R"("classic":{"type":["string","null"]},"post_quantum":{"type":["string","null"]}},)"
    R"("required":["classic","post_quantum"]})";

void write_bytes(JsonLine& out, const std::string& bytes) {
  bytes.empty() ? out.null() : out.text(text_of_bytes(bytes));
}

void write_alert(JsonLine& out, std::optional<uint8_t> alert) {
  alert ? out.number(*alert) : out.null();
}

void write_digests(JsonLine& out, const std::vector<tls::Sha256>& certs) {
  out.begin_array();
  for (const tls::Sha256& sha256 : certs)
    out.text(hex_of(sha256));
  out.end_array();
}

// Without a ServerHello there is no version, suite or retry to speak of.
constexpr std::array kProbeFields = {
    ProbeField{"probe", kString, "id of the hello that was sent",
               [](JsonLine& out, const Probe& p) { out.text(p.probe); }},
    ProbeField{"sni", kText, "server name that was sent",
               [](JsonLine& out, const Probe& p) { write_bytes(out, p.name); }},
    ProbeField{"reached", kReached, "how far the server came",
               [](JsonLine& out, const Probe& p) { out.text(name_of(p.reached)); }},
    ProbeField{"refusal", kRefusal, "why it came no further; null: all was heard",
               [](JsonLine& out, const Probe& p) {
                 write_word(out, p.refusal == tls::probe::Refusal::none ? "" : name_of(p.refusal));
               }},
    ProbeField{"alert", kByteOrNull, "description of the alert it sent",
               [](JsonLine& out, const Probe& p) { write_alert(out, p.alert); }},
    ProbeField{
        "version", kCode16, "negotiated version",
        [](JsonLine& out, const Probe& p) { p.version != 0 ? out.hex(p.version, 4) : out.null(); }},
    ProbeField{
        "cipher", kCode16, "cipher suite chosen",
        [](JsonLine& out, const Probe& p) { p.version != 0 ? out.hex(p.cipher, 4) : out.null(); }},
    ProbeField{"group", kCode16, "key exchange group chosen",
               [](JsonLine& out, const Probe& p) { write_code(out, p.group); }},
    ProbeField{"hrr", kFlag, "a HelloRetryRequest was sent",
               [](JsonLine& out, const Probe& p) { out.boolean(p.hello_retry); }},
    ProbeField{"client_cert_requested", kFlagOrNull,
               "a CertificateRequest was sent; null: it came not"
               " so far",
               [](JsonLine& out, const Probe& p) {
                 const bool is_known =
                     p.client_certificate_asked || p.reached >= tls::probe::Reached::certificate;
                 is_known ? out.boolean(p.client_certificate_asked) : out.null();
               }},
    ProbeField{"certs", kDigests, "SHA-256 of the certificates in the order sent",
               [](JsonLine& out, const Probe& p) { write_digests(out, p.certs); }},
};

void write_probes(JsonLine& out, const std::vector<Probe>& probes) {
  out.begin_array();
  for (const Probe& probe : probes) {
    out.begin_object();
    for (const ProbeField& field : kProbeFields) {
      out.key(field.name);
      field.write(out, probe);
    }
    out.end_object();
  }
  out.end_array();
}

void write_accepted(JsonLine& out, const std::vector<tls::AcceptedSuites>& accepted) {
  out.begin_array();
  for (const tls::AcceptedSuites& each : accepted) {
    out.begin_object();
    out.key("version");
    out.hex(each.version, 4);
    out.key("suites");
    out.begin_array();
    for (const uint16_t suite : each.suites)
      out.hex(suite, 4);
    out.end_array();
    out.end_object();
  }
  out.end_array();
}

void write_groups(JsonLine& out, const tls::SelectedGroups& groups) {
  out.begin_object();
  out.key("classic");
  write_code(out, groups.classic);
  out.key("post_quantum");
  write_code(out, groups.post_quantum);
  out.end_object();
}

void write_ja4ts(JsonLine& out, const flowtable::SynFacts& syn_ack) {
  std::optional<tls::Fingerprint> print;
  if (syn_ack.seen) {
    print = tls::ja4ts_of({syn_ack.window,
                           {syn_ack.options.data(), syn_ack.options_size},
                           {syn_ack.repeats.data(), syn_ack.num_repeats}});
  }
  print ? out.text(print->hash) : out.null();
}

constexpr std::array kServiceFields = {
    ServiceField{"type", R"({"const":"service"})", "kind of record",
                 [](JsonLine& out, const ServiceContext&) { out.text("service"); }},
    ServiceField{"ts", kString, "begin of the inquiry, UTC, nanoseconds",
                 [](JsonLine& out, const ServiceContext& c) { out.text(text_of(c.report.began)); }},
    ServiceField{"sensor", kString, "name of the sensor that asked",
                 [](JsonLine& out, const ServiceContext& c) { out.text(c.sensor); }},
    ServiceField{"scan", kCount, "number of the job",
                 [](JsonLine& out, const ServiceContext& c) { out.number(c.report.job); }},
    ServiceField{
        "dst", kString, "server address",
        [](JsonLine& out, const ServiceContext& c) { out.text(text_of(c.report.server.address)); }},
    ServiceField{"dport", kPort, "server port",
                 [](JsonLine& out, const ServiceContext& c) { out.number(c.report.server.port); }},
    ServiceField{"transport", record_parts::kTransport, "what carried the handshakes",
                 [](JsonLine& out, const ServiceContext& c) {
                   out.text(record_parts::transport_name(c.report.transport));
                 }},
    ServiceField{"name", kText, "name it was asked by; null: by its address alone",
                 [](JsonLine& out, const ServiceContext& c) { write_bytes(out, c.report.name); }},
    ServiceField{
        "outcome", record_parts::kOutcome, "what became of the target",
        [](JsonLine& out, const ServiceContext& c) { out.text(name_of(c.report.outcome)); }},
    ServiceField{"tls", kFlag, "it speaks TLS",
                 [](JsonLine& out, const ServiceContext& c) { out.boolean(c.report.has_tls()); }},
    ServiceField{"no_tls", kNoTls, "why an open one ended without TLS",
                 [](JsonLine& out, const ServiceContext& c) {
                   const tls::NoTlsReason reason = c.report.no_tls;
                   write_word(out, reason == tls::NoTlsReason::none ? "" : name_of(reason));
                 }},
    ServiceField{
        "starttls", kText, "protocol spoken before TLS; null: TLS at once",
        [](JsonLine& out, const ServiceContext& c) { write_word(out, c.report.starttls); }},
    ServiceField{"speaks", kText, "what it speaks instead of TLS, where that is known",
                 [](JsonLine& out, const ServiceContext& c) { write_word(out, c.report.speaks); }},
    ServiceField{"step", kText, "where it ended",
                 [](JsonLine& out, const ServiceContext& c) { write_bytes(out, c.report.step); }},
    ServiceField{"code", kText, "the protocol's own word for a refusal",
                 [](JsonLine& out, const ServiceContext& c) { write_bytes(out, c.report.code); }},
    ServiceField{"alert", kByteOrNull, "description of the alert that refused TLS",
                 [](JsonLine& out, const ServiceContext& c) { write_alert(out, c.report.alert); }},
    ServiceField{
        "probes", kProbes, "each hello that was sent and what came of it, in order",
        [](JsonLine& out, const ServiceContext& c) { write_probes(out, c.report.probes); }},
    ServiceField{"jarm", kJarm, "JARM; null: not asked for",
                 [](JsonLine& out, const ServiceContext& c) { write_bytes(out, c.report.jarm); }},
    ServiceField{
        "jarm_raw", kText, "JARM, raw",
        [](JsonLine& out, const ServiceContext& c) { write_bytes(out, c.report.jarm_raw); }},
    ServiceField{
        "accepted", kAccepted, "suites accepted per version, in the server's order",
        [](JsonLine& out, const ServiceContext& c) { write_accepted(out, c.report.accepted); }},
    ServiceField{
        "groups", kGroups, "group chosen without and with a post-quantum one on offer",
        [](JsonLine& out, const ServiceContext& c) { write_groups(out, c.report.groups); }},
    ServiceField{"connections", kCount, "connections made in all",
                 [](JsonLine& out, const ServiceContext& c) { out.number(c.report.connections); }},
    ServiceField{
        "ja4ts", kText, "JA4TS of its SYN-ACK; null in builds without foxio",
        [](JsonLine& out, const ServiceContext& c) { write_ja4ts(out, c.report.syn_ack); }},
    ServiceField{"duration_ms", kCount, "milliseconds from begin to end of the inquiry",
                 [](JsonLine& out, const ServiceContext& c) {
                   const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
                       c.report.ended - c.report.began);
                   out.number(std::max<int64_t>(took.count(), 0));
                 }},
};

}  // namespace

std::span<const ServiceField> service_fields() noexcept {
  return kServiceFields;
}
std::span<const ProbeField> probe_fields() noexcept {
  return kProbeFields;
}

}  // namespace control
