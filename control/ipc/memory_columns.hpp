// SPDX-License-Identifier: Apache-2.0
// What the lists of the memory answer. Part of command_table.cpp, apart only for its length.
#pragma once

#include "control/ipc/command_table.hpp"

namespace control::memory_columns {

using Kind = ColumnKind;

inline constexpr ColumnSpec kListFields[] = {
    {"next", "next", Kind::text, "Where this page ended, for --after; absent: nothing follows."},
    {"sql", "sql", Kind::text, "With --show-sql: the statement."},
    {"parameters", "parameters", Kind::text, "With --show-sql: the values of $1, $2, …"},
    {"plan", "plan", Kind::text, "With --plan: what EXPLAIN says."},
};

inline constexpr ColumnSpec kCertsColumns[] = {
    {"not_after", "expires", Kind::time, "End of validity."},
    {"remaining", "in", Kind::duration, "Time until then; negative when expired."},
    {"subject_cn", "subject", Kind::text, "Common name of the subject."},
    {"issuer_cn", "issuer", Kind::text, "Common name of the issuer."},
    {"key", "key", Kind::text, "Algorithm and size."},
    {"services", "services", Kind::count, "Address and port pairs that showed it."},
    {"owner", "owner", Kind::text, "Whose it is, by the rules of `tapseal tags`."},
    {"first_seen", "first seen", Kind::time, ""},
    {"last_seen", "last seen", Kind::time, ""},
    {"sha256", "sha256", Kind::text, "Of the DER; `tapseal show` takes it."},
};

inline constexpr ColumnSpec kHostsColumns[] = {
    {"server", "server", Kind::text, "Address."},
    {"port", "port", Kind::count, ""},
    {"transport", "transport", Kind::text, "tcp, quic or dtls."},
    {"names", "names", Kind::count, "Names that it was asked for."},
    {"certificates", "certificates", Kind::count, "Certificates that it ever showed as its own."},
    {"subject_cn", "subject", Kind::text, "Of the certificate that it showed last."},
    {"not_after", "expires", Kind::time, "End of that certificate's validity."},
    {"tags", "tags", Kind::text, "By the rules of `tapseal tags`."},
    {"owner", "owner", Kind::text, "By the rules of `tapseal tags`."},
    {"first_seen", "first seen", Kind::time, ""},
    {"last_seen", "last seen", Kind::time, ""},
    {"sha256", "sha256", Kind::text, "Of the certificate that it showed last."},
};

inline constexpr ColumnSpec kNamesColumns[] = {
    {"name", "name", Kind::text, "In order of their domains."},
    {"certificates", "certificates", Kind::count, "Certificates with this name."},
    {"services", "services", Kind::count, "Services that were asked for it."},
    {"not_after", "expires", Kind::time, "When the last of its certificates ends."},
    {"last_seen", "last seen", Kind::time, "Asked for, or in a certificate."},
};

inline constexpr ColumnSpec kCasColumns[] = {
    {"issuer_cn", "issuer", Kind::text, "Common name."},
    {"certificates", "certificates", Kind::count, "That name it as their issuer."},
    {"expired", "expired", Kind::count, "Of these."},
    {"next_expiry", "next expiry", Kind::time, "Of those that are still valid."},
    {"self_signed", "self-signed", Kind::text, "true where all of them name themselves."},
    {"first_seen", "first seen", Kind::time, ""},
    {"last_seen", "last seen", Kind::time, ""},
    {"issuer", "name", Kind::text, "The whole name."},
};

inline constexpr ColumnSpec kKeysColumns[] = {
    {"key", "key", Kind::text, "Algorithm and size."},
    {"certificates", "certificates", Kind::count, "With this key."},
    {"subjects", "subjects", Kind::count, "Different ones among them; above 1 the key is shared."},
    {"services", "services", Kind::count, "That showed one of them."},
    {"subject_cn", "subject", Kind::text, "Common name of one of them."},
    {"first_seen", "first seen", Kind::time, ""},
    {"last_seen", "last seen", Kind::time, ""},
    {"spki", "spki", Kind::text, "SHA-256 of the key; `tapseal show` takes it."},
};

inline constexpr ColumnSpec kPrintsColumns[] = {
    {"method", "method", Kind::text, "ja3, ja4, ja3s, jarm, …"},
    {"hash", "hash", Kind::text, "`tapseal show` takes it."},
    {"services", "services", Kind::count, "That look like this."},
    {"clients", "clients", Kind::count, "That look like this."},
    {"first_seen", "first seen", Kind::time, ""},
    {"last_seen", "last seen", Kind::time, ""},
    {"raw", "raw", Kind::text, "What was hashed."},
};

inline constexpr ColumnSpec kChangesColumns[] = {
    {"first_seen", "when", Kind::time, "When it was first seen."},
    {"what", "what", Kind::text, "service, name, certificate, chain or fingerprint."},
    {"how", "how", Kind::text,
     "began; replaced: what was there before was not seen again; added: it was."},
    {"server", "server", Kind::text, "Address."},
    {"port", "port", Kind::count, ""},
    {"transport", "transport", Kind::text, ""},
    {"sni", "name", Kind::text, "That was asked for."},
    {"seen_by", "seen by", Kind::text, "Eye and hello, or the method of the fingerprint."},
    {"subject_before", "subject before", Kind::text, "Common name."},
    {"subject", "subject", Kind::text, "Common name."},
    {"issuer_before", "issuer before", Kind::text, "Common name."},
    {"issuer", "issuer", Kind::text, "Common name."},
    {"key", "key", Kind::text, "kept or changed."},
    {"before", "before", Kind::text, "SHA-256 of the certificate, or fingerprint."},
    {"after", "after", Kind::text, "SHA-256 of the certificate, or fingerprint."},
};

inline constexpr ColumnSpec kShowColumns[] = {
    {"section", "section", Kind::text,
     "What the row is: certificates, services, sessions, fingerprints, …"},
    {"values", "values", Kind::values, "The row; each section has columns of its own."},
};

}  // namespace control::memory_columns
