// SPDX-License-Identifier: Apache-2.0
#include "control/storage/row_map.hpp"

#include "control/storage/column_values.hpp"
#include "tls/fingerprint/method.hpp"

#include <array>

namespace control {
namespace {

using enum SqlType;
using column_values::put_digest;
using column_values::put_seconds;
using column_values::put_text;
using column_values::put_tlsh;
using Out = CopyEncoder;
using Cert = CertificateRow;
using Chain = ChainRow;
using Print = FingerprintRow;
using CertSeen = CertificateSeenRow;

constexpr std::array<std::string_view, static_cast<size_t>(SqlType::count_)> kUdtNames = {
    "bool", "int2",        "int4", "int8",  "text",  "bytea",
    "inet", "timestamptz", "date", "_text", "_int4", "_bytea"};

constexpr auto kCertificate = std::to_array<Column<Cert>>({
    {"sha256", bytea, [](Out& out, const Cert& row) { out.bytea(row.facts->sha256); }},
    {"sha1", bytea, [](Out& out, const Cert& row) { out.bytea(row.facts->sha1); }},
    {"spki_sha256", bytea,
     [](Out& out, const Cert& row) { put_digest(out, row.facts->spki_sha256); }},
    {"der", bytea, [](Out& out, const Cert& row) { out.bytea(row.facts->der); }},
    {"subject", text, [](Out& out, const Cert& row) { out.text(name_text(row.facts->subject)); }},
    {"subject_cn", text, [](Out& out, const Cert& row) { put_text(out, row.facts->subject_cn); }},
    {"issuer", text, [](Out& out, const Cert& row) { out.text(name_text(row.facts->issuer)); }},
    {"issuer_cn", text, [](Out& out, const Cert& row) { put_text(out, row.facts->issuer_cn); }},
    {"serial", text, [](Out& out, const Cert& row) { out.text(row.facts->serial); }},
    {"not_before", timestamptz,
     [](Out& out, const Cert& row) { put_seconds(out, row.facts->not_before); }},
    {"not_after", timestamptz,
     [](Out& out, const Cert& row) { put_seconds(out, row.facts->not_after); }},
    {"key_algorithm", text, [](Out& out, const Cert& row) { out.text(row.facts->key_algorithm); }},
    {"key_bits", int4, [](Out& out, const Cert& row) { out.int4(row.facts->key_bits); }},
    {"key_curve", text, [](Out& out, const Cert& row) { out.text(row.facts->key_curve); }},
    {"signature_algorithm", text,
     [](Out& out, const Cert& row) { out.text(row.facts->signature_algorithm); }},
    {"san", text_array, [](Out& out, const Cert& row) { out.text_array(row.facts->san); }},
    {"names", text_array,
     [](Out& out, const Cert& row) { out.text_array(lookup_names(*row.facts)); }},
    {"is_ca", boolean,
     [](Out& out,
        const Cert& row) { row.facts->is_ca ? out.boolean(*row.facts->is_ca) : out.null(); }},
    {"self_issued", boolean,
     [](Out& out, const Cert& row) { out.boolean(row.facts->self_issued); }},
    {"malformed", boolean, [](Out& out, const Cert& row) { out.boolean(row.facts->malformed); }},
    {"version", int4, [](Out& out, const Cert& row) { out.int4(row.facts->version); }},
    {"sct_list", boolean, [](Out& out, const Cert& row) { out.boolean(row.facts->has_sct_list); }},
    {"must_staple", boolean,
     [](Out& out, const Cert& row) { out.boolean(row.facts->must_staple); }},
    {"ja4x", text,
     [](Out& out,
        const Cert&
            row) { row.facts->ja4x.empty() ? out.null() : out.text_indexed(row.facts->ja4x); }},
    {"tlsh", bytea, [](Out& out, const Cert& row) { put_tlsh(out, row.facts->tlsh); }},
    {"first_seen", timestamptz, [](Out& out, const Cert& row) { out.timestamptz(row.seen.first); }},
    {"last_seen", timestamptz, [](Out& out, const Cert& row) { out.timestamptz(row.seen.last); }},
});

constexpr auto kChain = std::to_array<Column<Chain>>({
    {"id", bytea, [](Out& out, const Chain& row) { out.bytea(row.id); }},
    {"certificates", bytea_array,
     [](Out& out, const Chain& row) { out.bytea_array(row.certificates); }},
});

// Of the rules by which the row was made; old rows keep theirs.
std::string_view version_of(std::string_view method) {
  const tls::FingerprintMethod* const found = tls::find_method(method);
  return found == nullptr ? std::string_view{} : found->version;
}

constexpr auto kFingerprint = std::to_array<Column<Print>>({
    {"method", text, [](Out& out, const Print& row) { out.text(row.method); }},
    {"hash", text, [](Out& out, const Print& row) { out.text_indexed(row.hash); }},
    {"raw", text, [](Out& out, const Print& row) { out.text(row.raw); }},
    {"algorithm_version", text,
     [](Out& out, const Print& row) { out.text(version_of(row.method)); }},
    {"first_seen", timestamptz,
     [](Out& out, const Print& row) { out.timestamptz(row.seen.first); }},
    {"last_seen", timestamptz, [](Out& out, const Print& row) { out.timestamptz(row.seen.last); }},
});

constexpr auto kCertificateSeen = std::to_array<Column<CertSeen>>({
    {"sha256", bytea, [](Out& out, const CertSeen& row) { out.bytea(row.sha256); }},
    {"first_seen", timestamptz,
     [](Out& out, const CertSeen& row) { out.timestamptz(row.seen.first); }},
    {"last_seen", timestamptz,
     [](Out& out, const CertSeen& row) { out.timestamptz(row.seen.last); }},
});

}  // namespace

std::string_view udt_name_of(SqlType type) noexcept {
  return kUdtNames[static_cast<size_t>(type)];
}

std::span<const Column<CertificateRow>> certificate_columns() noexcept {
  return kCertificate;
}
std::span<const Column<CertificateSeenRow>> certificate_seen_columns() noexcept {
  return kCertificateSeen;
}
std::span<const Column<ChainRow>> chain_columns() noexcept {
  return kChain;
}
std::span<const Column<FingerprintRow>> fingerprint_columns() noexcept {
  return kFingerprint;
}

std::string_view word_of(tls::Transport transport) noexcept {
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

}  // namespace control
