// SPDX-License-Identifier: Apache-2.0
#include "control/export/native_record.hpp"
#include "control/export/record_parts.hpp"
#include "control/export/text_format.hpp"

#include <array>

namespace control {
namespace {

using record_parts::kFlag;
using record_parts::kText;
using record_parts::write_text_or_null;
using Facts = tls::CertificateFacts;

void write_name(JsonLine& out, const std::vector<tls::NameAttribute>& name) {
  out.begin_array();
  for (const tls::NameAttribute& attribute : name) {
    out.begin_array();
    out.text(attribute.oid);
    out.text(attribute.value);
    out.end_array();
  }
  out.end_array();
}

void write_optional(JsonLine& out, const std::optional<std::string>& value) {
  value ? out.text(*value) : out.null();
}

void write_time(JsonLine& out, const std::optional<int64_t>& seconds) {
  seconds ? out.text(text_of_seconds(*seconds)) : out.null();
}

constexpr std::string_view kDigest1 = R"({"type":"string","pattern":"^[0-9a-f]{40}$"})";
constexpr std::string_view kDigest256 = R"({"type":"string","pattern":"^[0-9a-f]{64}$"})";
constexpr std::string_view kDistinguishedName =
    R"({"type":"array","items":{"type":"array","items":{"type":"string"},)"
    R"("minItems":2,"maxItems":2}})";

constexpr std::array kCertificateFields = {
    CertificateField{"sha1", kDigest1, "SHA-1 of the DER",
                     [](JsonLine& out, const Facts& f) { out.text(hex_of(f.sha1)); }},
    CertificateField{"sha256", kDigest256, "SHA-256 of the DER",
                     [](JsonLine& out, const Facts& f) { out.text(hex_of(f.sha256)); }},
    CertificateField{"subject", kDistinguishedName,
                     "subject as [OID, text] in the order of the DER",
                     [](JsonLine& out, const Facts& f) { write_name(out, f.subject); }},
    CertificateField{"issuer", kDistinguishedName, "issuer as [OID, text] in the order of the DER",
                     [](JsonLine& out, const Facts& f) { write_name(out, f.issuer); }},
    CertificateField{"subject_cn", kText, "last common name of the subject",
                     [](JsonLine& out, const Facts& f) { write_optional(out, f.subject_cn); }},
    CertificateField{"issuer_cn", kText, "last common name of the issuer",
                     [](JsonLine& out, const Facts& f) { write_optional(out, f.issuer_cn); }},
    CertificateField{"serial", kText, "content octets of the serial number, hex",
                     [](JsonLine& out, const Facts& f) { write_text_or_null(out, f.serial); }},
    CertificateField{"not_before", kText, "start of validity, UTC",
                     [](JsonLine& out, const Facts& f) { write_time(out, f.not_before); }},
    CertificateField{"not_after", kText, "end of validity, UTC",
                     [](JsonLine& out, const Facts& f) { write_time(out, f.not_after); }},
    CertificateField{"key", kText, "public key: algorithm and size or curve",
                     [](JsonLine& out, const Facts& f) { write_text_or_null(out, key_text(f)); }},
    CertificateField{
        "signature_algorithm", kText, "algorithm the issuer signed with",
        [](JsonLine& out, const Facts& f) { write_text_or_null(out, f.signature_algorithm); }},
    CertificateField{"spki_sha256", R"({"type":["string","null"],"pattern":"^[0-9a-f]{64}$"})",
                     "SHA-256 of the SubjectPublicKeyInfo",
                     [](JsonLine& out, const Facts& f) {
                       f.spki_sha256 ? out.text(hex_of(*f.spki_sha256)) : out.null();
                     }},
    CertificateField{"san", R"({"type":"array","items":{"type":"string"}})",
                     "subject alternative names with their kind",
                     [](JsonLine& out, const Facts& f) {
                       out.begin_array();
                       for (const std::string& name : f.san)
                         out.text(name);
                       out.end_array();
                     }},
    CertificateField{
        "is_ca", R"({"type":["boolean","null"]})", "basicConstraints; null without that extension",
        [](JsonLine& out, const Facts& f) { f.is_ca ? out.boolean(*f.is_ca) : out.null(); }},
    CertificateField{"sct_list", kFlag, "a list of SCTs is among its extensions",
                     [](JsonLine& out, const Facts& f) { out.boolean(f.has_sct_list); }},
    CertificateField{"must_staple", kFlag, "it demands a stapled OCSP response (TLS feature)",
                     [](JsonLine& out, const Facts& f) { out.boolean(f.must_staple); }},
    CertificateField{"self_issued", kFlag, "subject equals issuer",
                     [](JsonLine& out, const Facts& f) { out.boolean(f.self_issued); }},
    CertificateField{"ja4x", kText, "JA4X; null in builds without foxio",
                     [](JsonLine& out, const Facts& f) { write_text_or_null(out, f.ja4x); }},
    CertificateField{"ja4x_r", kText, "JA4X, raw",
                     [](JsonLine& out, const Facts& f) { write_text_or_null(out, f.ja4x_raw); }},
    CertificateField{"tlsh", kText, "TLSH over the DER",
                     [](JsonLine& out, const Facts& f) { write_text_or_null(out, f.tlsh); }},
    CertificateField{
        "size", R"({"type":"integer","minimum":0})", "bytes of DER",
        [](JsonLine& out, const Facts& f) { out.number(static_cast<int64_t>(f.der.size())); }},
    CertificateField{"malformed", kFlag, "the DER breaks X.509; only its hashes are certain",
                     [](JsonLine& out, const Facts& f) { out.boolean(f.malformed); }},
};

void write_certificate(JsonLine& out, const Facts& facts) {
  out.begin_object();
  for (const CertificateField& field : kCertificateFields) {
    out.key(field.name);
    field.write(out, facts);
  }
  out.end_object();
}

}  // namespace

std::span<const CertificateField> certificate_fields() noexcept {
  return kCertificateFields;
}

void write_certificates(JsonLine& out, const std::vector<tls::CertificatePtr>& chain,
                        RecordMemo* memo) {
  out.begin_array();
  for (const tls::CertificatePtr& certificate : chain) {
    if (memo == nullptr) {
      write_certificate(out, *certificate);
      continue;
    }
    out.written(memo->text(certificate, 0, [&](std::string& text) {
      JsonLine part(text);
      write_certificate(part, *certificate);
    }));
  }
  out.end_array();
}

}  // namespace control
