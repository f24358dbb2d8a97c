// SPDX-License-Identifier: Apache-2.0
// `tapseal certs` and `tapseal show`. Part of command_table.cpp, apart only for its length.
#pragma once

#include "control/ipc/command_arguments.hpp"

#include <cstdint>

namespace control::command_arguments {

inline constexpr int64_t kSecondsOfCentury = int64_t{100} * 366 * 86'400;

// certs
inline constexpr ArgumentSpec kCertsArguments[] = {
    {.name = "expiring",
     .type = Type::duration,
     .value_name = "TIME",
     .min = 0,
     .max = kSecondsOfCentury,
     .help = "Only those that expire within this time from now; expired ones not."},
    {.name = "expired", .type = Type::flag, .help = "Only those that have expired."},
    {.name = "name",
     .type = Type::text,
     .value_name = "NAME",
     .help = "Only those for this DNS name, or *.domain for all names below it."},
    {.name = "issuer",
     .type = Type::text,
     .value_name = "TEXT",
     .help = "Only those whose issuer's common name contains this text."},
    kLimit,
};
inline constexpr string_view kCertsExamples[] = {"tapseal certs --expiring 30d",
                                                 "tapseal certs --name '*.example.org' --json"};

// show
inline constexpr ArgumentSpec kShowArguments[] = {
    {.name = "thing",
     .type = Type::text,
     .arity = Arity::required,
     .value_name = "THING",
     .help = "An IP address with or without port, a network, a DNS name, or a hash: SHA-256 or "
             "SHA-1 of a certificate, SHA-256 of a public key (SPKI), JA3, JA3S, JA4."},
    kLimit,
};
inline constexpr string_view kShowExamples[] = {"tapseal show 192.0.2.10",
                                                "tapseal show example.org"};

}  // namespace control::command_arguments
