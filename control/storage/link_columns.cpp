// SPDX-License-Identifier: Apache-2.0
// Columns of the tables that link services, names, chains, clients and fingerprints.
#include "control/storage/row_map.hpp"

#include <array>

namespace control {
namespace {

using enum SqlType;
using Out = CopyEncoder;
using Sight = SightingRow;
using Client = ClientSightingRow;
using ServicePrint = ServiceFingerprintRow;
using Suite = SuiteDayRow;
using Ssh = SshRow;

constexpr auto kSighting = std::to_array<Column<Sight>>({
    {"server", inet, [](Out& out, const Sight& row) { out.inet(row.server.address); }},
    {"port", int4, [](Out& out, const Sight& row) { out.int4(row.server.port); }},
    {"transport", text, [](Out& out, const Sight& row) { out.text(word_of(row.transport)); }},
    {"sni", text, [](Out& out, const Sight& row) { out.text(row.sni); }},
    {"chain", bytea,
     [](Out& out, const Sight& row) { row.chain ? out.bytea(*row.chain) : out.bytea({}); }},
    {"source", text, [](Out& out, const Sight& row) { out.text(name_of(row.source)); }},
    {"probe", text, [](Out& out, const Sight& row) { out.text(row.probe); }},
    {"first_seen", timestamptz,
     [](Out& out, const Sight& row) { out.timestamptz(row.seen.first); }},
    {"last_seen", timestamptz, [](Out& out, const Sight& row) { out.timestamptz(row.seen.last); }},
    {"count", int8, [](Out& out, const Sight& row) { out.int8(row.count); }},
});

constexpr auto kSsh = std::to_array<Column<Ssh>>({
    {"server", inet, [](Out& out, const Ssh& row) { out.inet(row.server.address); }},
    {"port", int4, [](Out& out, const Ssh& row) { out.int4(row.server.port); }},
    {"client", inet, [](Out& out, const Ssh& row) { out.inet(row.client); }},
    {"client_id", text, [](Out& out, const Ssh& row) { out.text(row.client_id); }},
    {"server_id", text, [](Out& out, const Ssh& row) { out.text(row.server_id); }},
    {"hassh", bytea, [](Out& out, const Ssh& row) { out.bytea(row.hassh); }},
    {"hassh_server", bytea, [](Out& out, const Ssh& row) { out.bytea(row.hassh_server); }},
    {"first_seen", timestamptz, [](Out& out, const Ssh& row) { out.timestamptz(row.seen.first); }},
    {"last_seen", timestamptz, [](Out& out, const Ssh& row) { out.timestamptz(row.seen.last); }},
    {"count", int8, [](Out& out, const Ssh& row) { out.int8(row.count); }},
});

constexpr auto kClientSighting = std::to_array<Column<Client>>({
    {"server", inet, [](Out& out, const Client& row) { out.inet(row.server.address); }},
    {"port", int4, [](Out& out, const Client& row) { out.int4(row.server.port); }},
    {"transport", text, [](Out& out, const Client& row) { out.text(word_of(row.transport)); }},
    {"client", inet, [](Out& out, const Client& row) { out.inet(row.client); }},
    {"sni", text, [](Out& out, const Client& row) { out.text(row.sni); }},
    {"ja4", text, [](Out& out, const Client& row) { out.text_indexed(row.ja4); }},
    {"first_seen", timestamptz,
     [](Out& out, const Client& row) { out.timestamptz(row.seen.first); }},
    {"last_seen", timestamptz, [](Out& out, const Client& row) { out.timestamptz(row.seen.last); }},
    {"count", int8, [](Out& out, const Client& row) { out.int8(row.count); }},
});

constexpr auto kServiceFingerprint = std::to_array<Column<ServicePrint>>({
    {"server", inet, [](Out& out, const ServicePrint& row) { out.inet(row.server.address); }},
    {"port", int4, [](Out& out, const ServicePrint& row) { out.int4(row.server.port); }},
    {"transport", text,
     [](Out& out, const ServicePrint& row) { out.text(word_of(row.transport)); }},
    {"method", text, [](Out& out, const ServicePrint& row) { out.text(row.method); }},
    {"hash", text, [](Out& out, const ServicePrint& row) { out.text_indexed(row.hash); }},
    {"first_seen", timestamptz,
     [](Out& out, const ServicePrint& row) { out.timestamptz(row.seen.first); }},
    {"last_seen", timestamptz,
     [](Out& out, const ServicePrint& row) { out.timestamptz(row.seen.last); }},
    {"count", int8, [](Out& out, const ServicePrint& row) { out.int8(row.count); }},
});

constexpr auto kSuiteDay = std::to_array<Column<Suite>>({
    {"day", date, [](Out& out, const Suite& row) { out.date(row.day); }},
    {"sensor", text, [](Out& out, const Suite& row) { out.text(row.sensor); }},
    {"source", text, [](Out& out, const Suite& row) { out.text(name_of(row.source)); }},
    {"server_version", int4, [](Out& out, const Suite& row) { out.int4(row.server_version); }},
    {"cipher", int4, [](Out& out, const Suite& row) { out.int4(row.cipher); }},
    {"key_group", int4, [](Out& out, const Suite& row) { out.int4(row.key_group); }},
    {"sessions", int8, [](Out& out, const Suite& row) { out.int8(row.sessions); }},
});

}  // namespace

std::span<const Column<SightingRow>> sighting_columns() noexcept {
  return kSighting;
}
std::span<const Column<ClientSightingRow>> client_sighting_columns() noexcept {
  return kClientSighting;
}
std::span<const Column<ServiceFingerprintRow>> service_fingerprint_columns() noexcept {
  return kServiceFingerprint;
}
std::span<const Column<SuiteDayRow>> suite_day_columns() noexcept {
  return kSuiteDay;
}
std::span<const Column<SshRow>> ssh_columns() noexcept {
  return kSsh;
}

}  // namespace control
