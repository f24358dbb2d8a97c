// SPDX-License-Identifier: Apache-2.0
// Tags and owners. Part of command_table.cpp, apart only for its length.
#pragma once

#include "control/ipc/command_table.hpp"

namespace control::label_command {

using Type = ArgumentType;
using Kind = ColumnKind;
using std::string_view;

inline constexpr ArgumentSpec kTagArguments[] = {
    {.name = "tag",
     .type = Type::text,
     .arity = Arity::required,
     .value_name = "TAG",
     .help = "What it is called, such as lab or pci."},
    {.name = "owner", .type = Type::text, .value_name = "NAME", .help = "Whose it is."},
    {.name = "network",
     .type = Type::text,
     .value_name = "IP[/LENGTH]",
     .help = "Services at this address or in this network."},
    {.name = "port",
     .type = Type::count,
     .short_name = 'p',
     .value_name = "PORT",
     .min = 0,
     .max = 65'535,
     .help = "Services at this port."},
    {.name = "name",
     .type = Type::text,
     .value_name = "DOMAIN",
     .help = "Services that were asked for this name or one below it, and certificates with one."},
    {.name = "issuer",
     .type = Type::text,
     .value_name = "TEXT",
     .help = "Certificates whose issuer has these words, and services that show them."},
};
inline constexpr ColumnSpec kTagFields[] = {{"id", "rule", Kind::count, "For `tapseal untag`."}};
inline constexpr string_view kTagExamples[] = {
    "tapseal tag lab --network 10.9.0.0/16", "tapseal tag web --name example.org --owner web-team",
    "tapseal tag mail --port 25"};

inline constexpr ArgumentSpec kUntagArguments[] = {{.name = "id",
                                                    .type = Type::count,
                                                    .arity = Arity::required,
                                                    .value_name = "RULE",
                                                    .min = 1,
                                                    .max = 1'000'000'000'000,
                                                    .help = "Its number in `tapseal tags`."}};
inline constexpr ColumnSpec kRemovedFields[] = {
    {"removed", "removed", Kind::text, "What is gone."}};

inline constexpr ColumnSpec kTagsColumns[] = {
    {"id", "rule", Kind::count, "For `tapseal untag`."},
    {"tag", "tag", Kind::text, ""},
    {"owner", "owner", Kind::text, ""},
    {"network", "network", Kind::text, ""},
    {"port", "port", Kind::count, ""},
    {"name", "name", Kind::text, "Itself and everything below it."},
    {"issuer", "issuer", Kind::text, "Words of it."},
    {"created_at", "since", Kind::time, ""},
};

inline constexpr ArgumentSpec kOwnerArguments[] = {
    {.name = "name",
     .type = Type::text,
     .arity = Arity::required,
     .value_name = "NAME",
     .help = "Of the owner."},
    {.name = "contact", .type = Type::text, .value_name = "TEXT", .help = "Where to reach them."},
    {.name = "remove",
     .type = Type::flag,
     .help = "Forget the owner; rules of theirs stay, without an owner."},
};
inline constexpr ColumnSpec kOwnerFields[] = {{"name", "owner", Kind::text, ""},
                                              {"removed", "removed", Kind::text, "What is gone."}};
inline constexpr string_view kOwnerExamples[] = {
    "tapseal owner web-team --contact web@example.org"};
inline constexpr ColumnSpec kOwnersColumns[] = {
    {"name", "owner", Kind::text, ""},
    {"contact", "contact", Kind::text, ""},
    {"rules", "rules", Kind::count, "That name this owner."},
};

}  // namespace control::label_command
