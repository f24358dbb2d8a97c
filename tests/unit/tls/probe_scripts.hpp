// SPDX-License-Identifier: Apache-2.0
// Dialogues as both sides say them, word for word. The client's bytes are those that OpenSSL 3.0
// s_client, zgrab2 or sslyze send, or the RFC's; the servers' are of RFCs and of real servers.
#pragma once

#include "tests/unit/tls/dialogue_samples.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

struct Turn {
  char talker;  // 'C': what we have said since the last turn; 'S': what the server says
  std::string_view bytes;
};

struct ProbeScript {
  std::string_view protocol;
  std::string_view name;
  std::vector<Turn> turns;
};

inline constexpr std::string_view kXmppHeader =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' to='xmpp.test' version='1.0'>";
inline constexpr std::string_view kXmppServerHeader =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:server' "
    "xmlns:stream='http://etherx.jabber.org/streams' to='xmpp.test' version='1.0'>";
inline constexpr std::string_view kXmppAsk = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
inline constexpr std::string_view kXmppOpen =
    "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' "
    "version='1.0' from='xmpp.test' id='a>b' xml:lang=\"en\" xmlns='jabber:client'>";
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

// Every protocol agrees to TLS at the end of these.
inline const std::vector<ProbeScript>& agreed_scripts() {
  static const std::vector<ProbeScript> kScripts{
      {"smtp",
       "several lines",
       {{'S', "220-smtp.test ESMTP\r\n220 no spam\r\n"},
        {'C', "EHLO tap.example\r\n"},
        {'S', "250-smtp.test\r\n250-SIZE 10240000\r\n250-STARTTLS\r\n250 CHUNKING\r\n"},
        {'C', "STARTTLS\r\n"},
        {'S', "220 2.0.0 Ready to start TLS\r\n"}}},
      {"smtp",
       "not advertised, bare numbers and line feeds",
       {{'S', "220\n"},
        {'C', "EHLO tap.example\r\n"},
        {'S', "500 what\n"},
        {'C', "STARTTLS\r\n"},
        {'S', "220\n"}}},
      {"lmtp",
       "dovecot",
       {{'S', "220 box.test Dovecot ready.\r\n"},
        {'C', "LHLO tap.example\r\n"},
        {'S', "250-box.test\r\n250-starttls\r\n250 PIPELINING\r\n"},
        {'C', "STARTTLS\r\n"},
        {'S', "220 2.0.0 Begin TLS negotiation now.\r\n"}}},
      {"imap",
       "dovecot",
       {{'S', "* OK [CAPABILITY IMAP4rev1 ID STARTTLS] Dovecot ready.\r\n"},
        {'C', "a001 CAPABILITY\r\n"},
        {'S', "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\na001 OK done.\r\n"},
        {'C', "a002 STARTTLS\r\n"},
        {'S', "* 1 EXISTS\r\na002 OK Begin TLS negotiation now.\r\n"}}},
      {"imap",
       "not advertised",
       {{'S', "* ok hi\r\n"},
        {'C', "a001 CAPABILITY\r\n"},
        {'S', "a001 BAD what\r\n"},
        {'C', "a002 STARTTLS\r\n"},
        {'S', "a002 ok\r\n"}}},
      {"pop3",
       "dovecot",
       {{'S', "+OK Dovecot ready.\r\n"}, {'C', "STLS\r\n"}, {'S', "+OK Begin TLS\r\n"}}},
      {"ftp",
       "vsftpd",
       {{'S', "220 (vsFTPd 3.0.3)\r\n"}, {'C', "AUTH TLS\r\n"}, {'S', "234 Proceed.\r\n"}}},
      {"ftp",
       "a banner of any text, then the older form",
       {{'S', "120 soon\r\n220-Welcome\r\n 230 files\r\n\x1b[1m221 of them\r\n220 ready\r\n"},
        {'C', "AUTH TLS\r\n"},
        {'S', "504 AUTH TLS unsupported\r\n"},
        {'C', "AUTH SSL\r\n"},
        {'S', "334 go\r\n"}}},
      {"ldap",
       "OpenLDAP",
       {{'C', kLdapAsk}, {'S', raw("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00")}}},
      {"ldap",
       "Active Directory: long lengths",
       {{'C', kLdapAsk},
        {'S', raw("\x30\x84\x00\x00\x00\x28\x02\x01\x01\x78\x84\x00\x00\x00\x1f\x0a\x01\x00\x04\x00"
                  "\x04\x00\x8a\x16"
                  "1.3.6.1.4.1.1466.20037")}}},
      {"xmpp",
       "prosody",
       {{'C', kXmppHeader},
        {'S', kXmppOpen},
        {'S',
         "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/>"
         "</starttls></stream:features>"},
        {'C', kXmppAsk},
        {'S', "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"}}},
      {"xmpp",
       "not advertised",
       {{'C', kXmppHeader},
        {'S', "\n<stream:stream from=\"other.test\" version=\"1.0\">\n<stream:features/>"},
        {'C', kXmppAsk},
        {'S', "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'></proceed"},
        {'S', ">"}}},
      {"xmpp-server",
       "ejabberd",
       {{'C', kXmppServerHeader},
        {'S',
         "<?xml version='1.0'?><stream:stream xmlns='jabber:server' from='xmpp.test' id='1'>"
         "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"},
        {'C', kXmppAsk},
        {'S', "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"}}},
      {"nntp",
       "RFC 4642",
       {{'S', "200 news.test ready\r\n"},
        {'C', "CAPABILITIES\r\n"},
        {'S', "101 Capability list:\r\nVERSION 2\r\nREADER\r\nSTARTTLS\r\n.\r\n"},
        {'C', "STARTTLS\r\n"},
        {'S', "382 Continue with TLS negotiation\r\n"}}},
      {"nntp",
       "before RFC 3977",
       {{'S', "201 no posting\r\n"},
        {'C', "CAPABILITIES\r\n"},
        {'S', "500 What?\r\n"},
        {'C', "STARTTLS\r\n"},
        {'S', "382 go\r\n"}}},
      {"sieve",
       "dovecot",
       {{'S',
         "\"IMPLEMENTATION\" \"Dovecot Pigeonhole\"\r\n\"SIEVE\" \"fileinto reject\"\r\n"
         "\"STARTTLS\"\r\n\"VERSION\" \"1.0\"\r\nOK \"ready.\"\r\n"},
        {'C', "STARTTLS\r\n"},
        {'S', "OK \"Begin TLS negotiation now.\"\r\n"}}},
      {"sieve",
       "small letters, a literal",
       {{'S', "\"implementation\" {4}\r\nabcd\r\n\"starttls\"\r\nok\r\n"},
        {'C', "STARTTLS\r\n"},
        {'S', "ok\r\n"}}},
      {"irc",
       "InspIRCd",
       {{'C', "STARTTLS\r\n"},
        {'S',
         ":irc.test NOTICE * :*** Looking up your hostname...\r\nNOTICE AUTH :hi\r\n"
         ":irc.test 670 * :STARTTLS successful, go ahead with TLS handshake\r\n"}}},
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
        {'S',
         raw("\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x1f\x08\x00\x02\x00\x00\x00")}}},
      {"rdp",
       "TLS",
       {{'C', kRdpAsk},
        {'S',
         raw("\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x00\x08\x00\x01\x00\x00\x00")}}},
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
  return kScripts;
}

}  // namespace tests
