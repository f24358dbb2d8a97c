// SPDX-License-Identifier: Apache-2.0
#include "control/storage/row_map.hpp"

#include "control/storage/stored_text.hpp"

#include <array>

namespace control {
namespace {

using enum SqlType;
using Out = CopyEncoder;
using Cert = CertificateRow;
using Chain = ChainRow;
using Print = FingerprintRow;
using Sight = SightingRow;
using Row = SessionRow;

constexpr std::array<std::string_view, static_cast<size_t>(SqlType::count_)> kUdtNames = {
    "bool", "int2",        "int4",  "int8",  "text",  "bytea",
    "inet", "timestamptz", "_text", "_int4", "_bytea"};

void put_digest(Out& out, const std::optional<tls::Sha256>& digest) {
  digest ? out.bytea(*digest) : out.null();
}
void put_text(Out& out, const std::optional<std::string>& text) {
  text ? out.text(*text) : out.null();
}
void put_seconds(Out& out, std::optional<int64_t> seconds) {
  seconds ? out.timestamptz_seconds(*seconds) : out.null();
}
// An MD5 in hex; null where there is none (an SSLv2 hello has no JA3).
void put_md5(Out& out, const tls::Fingerprint* print) {
  const auto digest = print == nullptr ? std::nullopt : bytes_of_hex(print->hash);
  digest && digest->size() == 16 ? out.bytea(*digest) : out.null();
}
void put_hash(Out& out, const tls::Fingerprint* print) {
  print == nullptr || print->hash.empty() ? out.null() : out.text_indexed(print->hash);
}

const tls::ClientFacts* hello_of(const Row& row) {
  return row.observation->hello ? &*row.observation->hello : nullptr;
}
const tls::ServerFacts* answer_of(const Row& row) {
  return row.observation->answer ? &*row.observation->answer : nullptr;
}

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
    {"first_seen", timestamptz, [](Out& out, const Cert& row) { out.timestamptz(row.seen.first); }},
    {"last_seen", timestamptz, [](Out& out, const Cert& row) { out.timestamptz(row.seen.last); }},
});

constexpr auto kChain = std::to_array<Column<Chain>>({
    {"id", bytea, [](Out& out, const Chain& row) { out.bytea(row.id); }},
    {"certificates", bytea_array,
     [](Out& out, const Chain& row) { out.bytea_array(row.certificates); }},
});

// Grows by one whenever a method's routine changes its result; old rows keep the old number.
constexpr int32_t kAlgorithmVersion = 1;

constexpr auto kFingerprint = std::to_array<Column<Print>>({
    {"method", text, [](Out& out, const Print& row) { out.text(row.method); }},
    {"hash", text, [](Out& out, const Print& row) { out.text_indexed(row.hash); }},
    {"raw", text, [](Out& out, const Print& row) { out.text(row.raw); }},
    {"algorithm_version", int4, [](Out& out, const Print&) { out.int4(kAlgorithmVersion); }},
    {"first_seen", timestamptz,
     [](Out& out, const Print& row) { out.timestamptz(row.seen.first); }},
    {"last_seen", timestamptz, [](Out& out, const Print& row) { out.timestamptz(row.seen.last); }},
});

constexpr auto kSighting = std::to_array<Column<Sight>>({
    {"server", inet, [](Out& out, const Sight& row) { out.inet(row.server.address); }},
    {"port", int4, [](Out& out, const Sight& row) { out.int4(row.server.port); }},
    {"transport", text, [](Out& out, const Sight& row) { out.text(word_of(row.transport)); }},
    {"sni", text, [](Out& out, const Sight& row) { out.text_indexed(row.sni); }},
    {"chain", bytea,
     [](Out& out, const Sight& row) { row.chain ? out.bytea(*row.chain) : out.bytea({}); }},
    {"source", text, [](Out& out, const Sight& row) { out.text(word_of(row.source)); }},
    {"first_seen", timestamptz,
     [](Out& out, const Sight& row) { out.timestamptz(row.seen.first); }},
    {"last_seen", timestamptz, [](Out& out, const Sight& row) { out.timestamptz(row.seen.last); }},
    {"count", int8, [](Out& out, const Sight& row) { out.int8(row.count); }},
});

// Fields of the ClientHello and of the answer are null where that message was not seen.
template <typename Facts, typename Put>
void put_if(Out& out, const Facts* facts, Put put) {
  facts == nullptr ? out.null() : put(*facts);
}

constexpr auto kSession = std::to_array<Column<Row>>({
    {"ts", timestamptz, [](Out& out, const Row& row) { out.timestamptz(row.observation->seen); }},
    {"plaintext_before", int8,
     [](Out& out, const Row& row) { out.int8(row.observation->plaintext_before); }},
    {"sport", int4, [](Out& out, const Row& row) { out.int4(row.observation->client.port); }},
    {"dport", int4, [](Out& out, const Row& row) { out.int4(row.observation->server.port); }},
    {"client_version", int4,
     [](Out& out, const Row& row) {
       put_if(out, hello_of(row), [&](const auto& hello) { out.int4(hello.legacy_version); });
     }},
    {"server_version", int4,
     [](Out& out, const Row& row) {
       put_if(out, answer_of(row), [&](const auto& answer) { out.int4(answer.version); });
     }},
    {"server_legacy_version", int4,
     [](Out& out, const Row& row) {
       put_if(out, answer_of(row), [&](const auto& answer) { out.int4(answer.legacy_version); });
     }},
    {"cipher", int4,
     [](Out& out, const Row& row) {
       put_if(out, answer_of(row), [&](const auto& answer) { out.int4(answer.cipher); });
     }},
    {"key_group", int4,
     [](Out& out, const Row& row) {
       const auto* answer = answer_of(row);
       answer != nullptr && answer->group ? out.int4(*answer->group) : out.null();
     }},
    {"alert", int2,
     [](Out& out, const Row& row) {
       row.observation->alert ? out.int2(*row.observation->alert) : out.null();
     }},
    {"hrr", boolean,
     [](Out& out, const Row& row) { out.boolean(row.observation->hello_retry); }},
    {"resumed", boolean,
     [](Out& out, const Row& row) { out.boolean(row.observation->resumed); }},
    {"psk", boolean,
     [](Out& out, const Row& row) {
       put_if(out, hello_of(row), [&](const auto& hello) { out.boolean(hello.psk); });
     }},
    {"ech", boolean,
     [](Out& out, const Row& row) {
       put_if(out, hello_of(row), [&](const auto& hello) { out.boolean(hello.ech); });
     }},
    {"conflict", boolean,
     [](Out& out, const Row& row) { out.boolean(row.observation->conflict); }},
    {"complete", boolean,
     [](Out& out, const Row& row) { out.boolean(row.observation->complete()); }},
    {"sensor", text, [](Out& out, const Row& row) { out.text(row.sensor); }},
    {"source", text,
     [](Out& out, const Row& row) { out.text(word_of(row.observation->source)); }},
    {"transport", text,
     [](Out& out, const Row& row) { out.text(word_of(row.observation->transport)); }},
    {"src", inet, [](Out& out, const Row& row) { out.inet(row.observation->client.address); }},
    {"dst", inet, [](Out& out, const Row& row) { out.inet(row.observation->server.address); }},
    {"sni", text,
     [](Out& out, const Row& row) {
       const auto* hello = hello_of(row);
       hello != nullptr && hello->sni ? out.text_indexed(*hello->sni) : out.null();
     }},
    {"ja3", bytea,
     [](Out& out, const Row& row) {
       put_md5(out, hello_of(row) == nullptr ? nullptr : &hello_of(row)->ja3);
     }},
    {"ja4", text,
     [](Out& out, const Row& row) {
       put_hash(out, hello_of(row) == nullptr ? nullptr : &hello_of(row)->ja4);
     }},
    {"ja3s", bytea,
     [](Out& out, const Row& row) {
       put_md5(out, answer_of(row) == nullptr ? nullptr : &answer_of(row)->ja3s);
     }},
    {"ja4s", text,
     [](Out& out, const Row& row) {
       const auto* answer = answer_of(row);
       put_hash(out, answer != nullptr && answer->ja4s ? &*answer->ja4s : nullptr);
     }},
    {"alpn", text_array,
     [](Out& out, const Row& row) {
       const auto* hello = hello_of(row);
       hello != nullptr && hello->alpn ? out.text_array(*hello->alpn) : out.null();
     }},
    {"alpn_selected", text,
     [](Out& out, const Row& row) {
       const auto* answer = answer_of(row);
put_text(out, answer == nullptr ? std::nullopt : answer->alpn_selected);
     }},
    {"client_versions", int4_array,
     [](Out& out, const Row& row) {
       const auto* hello = hello_of(row);
       hello != nullptr && hello->supported_versions ? out.int4_array(*hello->supported_versions)
                                                     : out.null();
     }},
    {"chain", bytea, [](Out& out, const Row& row) { put_digest(out, row.chain); }},
    {"client_chain", bytea, [](Out& out, const Row& row) { put_digest(out, row.client_chain); }},
    {"missing_reason", text,
     [](Out& out, const Row& row) {
       row.observation->complete() ? out.null() : out.text(tls::name_of(row.observation->missing));
     }},
});

}  // namespace

std::string_view udt_name_of(SqlType type) noexcept {
  return kUdtNames[static_cast<size_t>(type)];
}

std::span<const Column<CertificateRow>> certificate_columns() noexcept {
  return kCertificate;
}
std::span<const Column<ChainRow>> chain_columns() noexcept {
  return kChain;
}
std::span<const Column<FingerprintRow>> fingerprint_columns() noexcept {
  return kFingerprint;
}
std::span<const Column<SightingRow>> sighting_columns() noexcept {
  return kSighting;
}
std::span<const Column<SessionRow>> session_columns() noexcept {
  return kSession;
}

std::string_view word_of(tls::Source source) noexcept {
  return source == tls::Source::active ? "active" : "passive";
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
