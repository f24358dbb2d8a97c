// SPDX-License-Identifier: Apache-2.0
// What asks the memory: the lists and `tapseal show`. Part of command_table.cpp, apart only for its
// length.
#pragma once

#include "control/ipc/command_arguments.hpp"

#include <cstdint>

namespace control::memory_command {

using std::string_view;
using Type = ArgumentType;

inline constexpr int64_t kSecondsOfCentury = int64_t{100} * 366 * 86'400;

inline constexpr ArgumentSpec kQuery{
    .name = "query",
    .type = Type::query,
    .arity = Arity::any_number,
    .value_name = "QUERY",
    .help = "What to list. All terms must hold; in quotes, for the shell."};
inline constexpr ArgumentSpec kSort{
    .name = "sort",
    .type = Type::text,
    .short_name = 's',
    .value_name = "COLUMN",
    .help = "Order by this column of the answer; with a - before it, descending."};
inline constexpr ArgumentSpec kRows{.name = "limit",
                                    .type = Type::count,
                                    .short_name = 'n',
                                    .value_name = "N",
                                    .default_text = "100",
                                    .default_number = 100,
                                    .min = 1,
                                    .max = 10'000,
                                    .help = "Most rows."};
inline constexpr ArgumentSpec kAfter{
    .name = "after",
    .type = Type::text,
    .value_name = "PLACE",
    .help = "Go on where a page ended: the `next` of its answer, with the same query and order."};
inline constexpr ArgumentSpec kCsv{
    .name = "csv",
    .type = Type::flag,
    .help =
        "Comma-separated values (RFC 4180). A text that a spreadsheet would take for a formula "
        "gets a ' before it.",
    .local = true};
inline constexpr ArgumentSpec kFieldsOnly{.name = "fields",
                                          .type = Type::flag,
                                          .help = "Print what a query may ask for, and end.",
                                          .local = true};
inline constexpr ArgumentSpec kShowSql{.name = "show-sql",
                                       .type = Type::flag,
                                       .help = "Print the SQL and its parameters; ask nothing."};
inline constexpr ArgumentSpec kPlan{
    .name = "plan",
    .type = Type::flag,
    .help = "The same, and how the database would answer (EXPLAIN)."};

// The lists
inline constexpr ArgumentSpec kListArguments[] = {kQuery, kSort,       kRows,    kAfter,
                                                  kCsv,   kFieldsOnly, kShowSql, kPlan};
inline constexpr ArgumentSpec kCertsArguments[] = {
    kQuery,
    {.name = "expiring",
     .type = Type::duration,
     .value_name = "TIME",
     .min = 0,
     .max = kSecondsOfCentury,
     .help = "Short for not_after:TIME: those that expire within this time from now."},
    {.name = "expired",
     .type = Type::flag,
     .help = "Short for not_after<now: those that have expired."},
    {.name = "name",
     .type = Type::text,
     .value_name = "NAME",
     .help = "Short for name:NAME: those for this DNS name, or *.domain for all names below it."},
    {.name = "issuer",
     .type = Type::text,
     .value_name = "TEXT",
     .help = "Short for issuer:TEXT: those whose issuer has these words."},
    kSort,
    kRows,
    kAfter,
    kCsv,
    kFieldsOnly,
    kShowSql,
    kPlan,
};
inline constexpr string_view kCertsExamples[] = {
    "tapseal certs --expiring 30d", "tapseal certs 'key.algorithm:rsa key.bits<2048' port:443",
    "tapseal certs 'issuer:\"Corp CA\"' -tag:lab --sort -services --csv"};
inline constexpr string_view kHostsExamples[] = {"tapseal hosts 10.0.0.0/8 'not_after<14d'",
                                                 "tapseal hosts owner:- port:443,8443"};
inline constexpr string_view kNamesExamples[] = {"tapseal names '*.example.org'",
                                                 "tapseal names 'services>10' --sort -services"};
inline constexpr string_view kCasExamples[] = {"tapseal cas 'first_seen>-7d'"};
inline constexpr string_view kKeysExamples[] = {"tapseal keys 'subjects>1'"};
inline constexpr string_view kPrintsExamples[] = {"tapseal fingerprints method:ja4 'clients<3'"};
inline constexpr string_view kChangesExamples[] = {"tapseal changes 'first_seen>-1d' how:replaced",
                                                   "tapseal changes server:10.0.0.0/8 what:name"};

inline constexpr string_view kLongHelp =
    "A query is made of terms, such as not_after<30d, issuer:\"Corp CA\", port:443,8443 or "
    "-tag:lab: several values stand with commas between them, and one of them has to fit; a - "
    "before a term turns its meaning round, and a - as value asks for what is absent. `:` is what "
    "a person means, `=` is exact; numbers, dates and times have ranges (1..9) and comparisons. "
    "Times from now have a sign: 30d lies ahead, -7d behind, and not_after:30d is between now and "
    "then. Words without a field search names. Without a query everything is listed; of changes "
    "those "
    "of the last seven days.";

// show
inline constexpr ArgumentSpec kShowArguments[] = {
    {.name = "thing",
     .type = Type::text,
     .arity = Arity::required,
     .value_name = "THING",
     .help =
         "An IP address with or without port, a network, a DNS name, *.domain, a serial number, "
         "words of a subject or issuer, or a hash: SHA-256, SHA-1 or MD5 of a certificate, "
         "SHA-256 of a public key (SPKI) or a chain, JA3, JA3S, JA4, JA4S, JARM, HASSH."},
    command_arguments::kLimit,
    kShowSql,
    kPlan,
};
inline constexpr string_view kShowExamples[] = {
    "tapseal show 192.0.2.10", "tapseal show example.org", "tapseal show '*.example.org'",
    "tapseal show 192.0.2.10:443 --plan"};

}  // namespace control::memory_command
