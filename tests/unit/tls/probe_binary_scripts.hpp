// SPDX-License-Identifier: Apache-2.0
// Dialogues in binary. Every one agrees to TLS at its end.
#pragma once

#include "tests/unit/tls/probe_scripts.hpp"

namespace tests {

inline const auto kLdapAsk =
    raw("\x30\x1d\x02\x01\x01\x77\x18\x80\x16"
        "1.3.6.1.4.1.1466.20037");
inline const auto kPostgresqlAsk = raw("\x00\x00\x00\x08\x04\xd2\x16\x2f");
inline const auto kMysqlAsk = raw(
    "\x20\x00\x00\x01\x85\xae\x7f\x00\x00\x00\x00\x01\x21"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00");
inline const auto kMssqlAsk = raw(
    "\x12\x01\x00\x29\x00\x00\x01\x00\x00\x00\x15\x00\x06\x01\x00\x1b\x00\x01\x02\x00\x1c\x00\x01"
    "\x03\x00\x1d\x00\x04\xff\x09\x00\x05\x77\x00\x00\x01\x00\x00\x00\x00\x00");
inline const auto kRdpAsk =
    raw("\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00");
// MariaDB 10.11: capabilities 0xfffe (CLIENT_SSL is 0x0800).
inline const auto kMysqlGreeting = raw(
    "\x63\x00\x00\x00\x0a"
    "5.5.5-10.11.6-MariaDB-0+deb12u1\x00"
    "\x05\x00\x00\x00|AFeC\"+j\x00\xfe\xff\x2d\x02\x00\xff\x81\x15\x00\x00\x00\x00\x00\x00\x3d\x00"
    "\x00\x00"
    "ab^ct5R`Xi_y\x00mysql_native_password\x00");
// PRELOGIN answered: VERSION, ENCRYPTION, INSTOPT.
inline const auto kMssqlOptions = raw(
    "\x04\x01\x00\x20\x00\x00\x01\x00\x00\x00\x10\x00\x06\x01\x00\x16\x00\x01\x02\x00\x17\x00\x01"
    "\xff\x0f\x00\x07\xd0\x00\x00\x01\x00");

inline const std::vector<ProbeScript> kBinaryScripts{
    {"ldap",
     "OpenLDAP",
     {{'C', kLdapAsk}, {'S', raw("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00")}}},
    {"ldap",
     "Active Directory: long lengths",
     {{'C', kLdapAsk},
      {'S', raw("\x30\x84\x00\x00\x00\x28\x02\x01\x01\x78\x84\x00\x00\x00\x1f\x0a\x01\x00\x04\x00"
                "\x04\x00\x8a\x16"
                "1.3.6.1.4.1.1466.20037")}}},
    {"postgresql", "yes", {{'C', kPostgresqlAsk}, {'S', "S"}}},
    {"mysql", "MariaDB", {{'S', kMysqlGreeting}, {'C', kMysqlAsk}}},
    {"mssql", "encryption on", {{'C', kMssqlAsk}, {'S', kMssqlOptions}}},
    {"mssql",
     "login only, in two packets",
     {{'C', kMssqlAsk},
      {'S', raw("\x04\x00\x00\x0e\x00\x00\x01\x00\x01\x00\x06\x00\x01\xff\x04\x01\x00\x09\x00\x00"
                "\x02\x00\x00")}}},
    {"rdp",
     "CredSSP",
     {{'C', kRdpAsk},
      {'S', raw("\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x1f\x08\x00\x02\x00\x00\x00")}}},
    {"rdp",
     "TLS",
     {{'C', kRdpAsk},
      {'S', raw("\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x00\x08\x00\x01\x00\x00\x00")}}},
    {"vnc",
     "VeNCrypt",
     {{'S', "RFB 003.008\n"},
      {'C', "RFB 003.008\n"},
      {'S', "\x03\x01\x02\x13"},
      {'C', "\x13"},
      {'S', raw("\x00\x02")},
      {'C', raw("\x00\x02")},
      {'S', raw("\x00")},
      {'S', raw("\x03\x00\x00\x01\x02\x00\x00\x01\x06\x00\x00\x01\x05")},
      {'C', raw("\x00\x00\x01\x05")},
      {'S', "\x01"}}},
    {"vnc",
     "version 3.7, type TLS",
     {{'S', "RFB 003.007\n"}, {'C', "RFB 003.007\n"}, {'S', "\x02\x02\x12"}, {'C', "\x12"}}},
    {"vnc",
     "a higher version",
     {{'S', "RFB 004.001\n"}, {'C', "RFB 003.008\n"}, {'S', "\x01\x12"}, {'C', "\x12"}}},
    {"telnet",
     "asked",
     {{'S', "\xff\xfd\x2e"},
      {'C', "\xff\xfb\x2e\xff\xfa\x2e\x01\xff\xf0"},
      {'S', "\xff\xfa\x2e\x01\xff\xf0"}}},
    {"telnet",
     "offered, among other options",
     {{'S', "\xff\xfd\x18\xff\xfa\x18\xff\xff\x01\xff\xf0login: "},
      {'C', "\xff\xfb\x2e"},
      {'S', "\xff\xf1\xff\xfb\x03\xff\xfd\x2e"},
      {'C', "\xff\xfa\x2e\x01\xff\xf0"},
      {'S', "\xff\xfa\x2e\x01\xff\xf0"}}},
};

}  // namespace tests
