// SPDX-License-Identifier: Apache-2.0
#include "control/storage/column_values.hpp"
#include "control/storage/row_map.hpp"
#include "tls/wire/named_group.hpp"

#include <array>

namespace control {
namespace {

using enum SqlType;
using column_values::put_digest;
using column_values::put_hash;
using column_values::put_md5;
using column_values::put_packed;
using column_values::put_text;
using column_values::put_tlsh;
using column_values::put_word;
using Out = CopyEncoder;
using Row = SessionRow;

const tls::ClientFacts* hello_of(const Row& row) {
  return row.observation->hello ? &*row.observation->hello : nullptr;
}
const tls::EchOuter* ech_of(const Row& row) {
  const tls::ClientFacts* const hello = hello_of(row);
  return hello != nullptr && hello->ech_outer ? &*hello->ech_outer : nullptr;
}
const tls::ServerFacts* answer_of(const Row& row) {
  return row.observation->answer ? &*row.observation->answer : nullptr;
}

// The scanner has the keys; a tap cannot tell that nothing was asked.
void put_certificate_asked(Out& out, const tls::Observation& seen) {
  const bool is_known = seen.source == tls::Source::active || seen.client_certificate_asked;
  is_known ? out.boolean(seen.client_certificate_asked) : out.null();
}

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
     [](Out& out, const Row& row) { out.text(name_of(row.observation->source)); }},
    {"transport", text,
     [](Out& out, const Row& row) { out.text(word_of(row.observation->transport)); }},
    {"src", inet, [](Out& out, const Row& row) { out.inet(row.observation->client.address); }},
    {"dst", inet, [](Out& out, const Row& row) { out.inet(row.observation->server.address); }},
    {"sni", text,
     [](Out& out, const Row& row) {
       const auto& sni = row.observation->sni;
       sni ? out.text_indexed(*sni) : out.null();
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
    {"original_ts", timestamptz,
     [](Out& out, const Row& row) {
       const auto& original = row.observation->original;
       original ? out.timestamptz(original->seen) : out.null();
     }},
    {"quic_version", int8,
     [](Out& out, const Row& row) {
       const auto& version = row.observation->quic_version;
       version ? out.int8(*version) : out.null();
     }},
    {"ech_kdf", int4,
     [](Out& out, const Row& row) {
       put_if(out, ech_of(row), [&](const auto& ech) { out.int4(ech.kdf); });
     }},
    {"ech_aead", int4,
     [](Out& out, const Row& row) {
       put_if(out, ech_of(row), [&](const auto& ech) { out.int4(ech.aead); });
     }},
    {"ech_config_id", int2,
     [](Out& out, const Row& row) {
       put_if(out, ech_of(row), [&](const auto& ech) { out.int2(ech.config_id); });
     }},
    {"pq_offered", boolean,
     [](Out& out, const Row& row) {
       put_if(out, hello_of(row), [&](const auto& hello) {
         out.boolean(tls::any_post_quantum(hello.groups) ||
                     tls::any_post_quantum(hello.key_shares));
       });
     }},
    {"pq_selected", boolean,
     [](Out& out, const Row& row) {
       const auto* answer = answer_of(row);
       answer != nullptr && answer->group ? out.boolean(tls::is_post_quantum(*answer->group))
                                          : out.null();
     }},
    {"ocsp_staple", boolean,
     [](Out& out, const Row& row) {
       put_if(out, answer_of(row), [&](const auto& answer) { out.boolean(answer.ocsp_staple); });
     }},
    {"sct", boolean,
     [](Out& out, const Row& row) {
       put_if(out, answer_of(row), [&](const auto& answer) { out.boolean(answer.sct); });
     }},
    {"groups", bytea,
     [](Out& out, const Row& row) {
       put_if(out, hello_of(row), [&](const auto& hello) { put_packed(out, hello.groups); });
     }},
    {"key_shares", bytea,
     [](Out& out, const Row& row) {
       put_if(out, hello_of(row), [&](const auto& hello) { put_packed(out, hello.key_shares); });
     }},
    {"starttls", text,
     [](Out& out, const Row& row) { put_word(out, row.observation->starttls); }},
    {"resumed_by", text,
     [](Out& out, const Row& row) { put_word(out, tls::name_of(row.observation->resumed_by)); }},
    {"original_chain", bytea,
     [](Out& out, const Row& row) { put_digest(out, row.original_chain); }},
    {"npf", bytea,
     [](Out& out, const Row& row) {
       put_md5(out, hello_of(row) == nullptr ? nullptr : &hello_of(row)->npf);
     }},
    {"scan", int8,
     [](Out& out, const Row& row) {
       row.observation->scan != 0 ? out.int8(row.observation->scan) : out.null();
     }},
    {"probe", text, [](Out& out, const Row& row) { put_word(out, row.observation->probe); }},
    {"client_cert_requested", boolean,
     [](Out& out, const Row& row) { put_certificate_asked(out, *row.observation); }},
    {"ja4t", text, [](Out& out, const Row& row) { put_hash(out, row.observation->ja4t); }},
    {"ja4ts", text, [](Out& out, const Row& row) { put_hash(out, row.observation->ja4ts); }},
    {"ja4l", text, [](Out& out, const Row& row) { put_hash(out, row.observation->ja4l); }},
    {"ja4ls", text, [](Out& out, const Row& row) { put_hash(out, row.observation->ja4ls); }},
    {"tlsh", bytea, [](Out& out, const Row& row) { put_tlsh(out, row.observation->tlsh); }},
    {"wanted_ts", timestamptz,
     [](Out& out, const Row& row) {
       const auto& wanted = row.observation->wanted_since;
       wanted ? out.timestamptz(*wanted) : out.null();
     }},
});

}  // namespace

std::span<const Column<SessionRow>> session_columns() noexcept {
  return kSession;
}

}  // namespace control
