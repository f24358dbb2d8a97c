// SPDX-License-Identifier: Apache-2.0
// Dialogues in text. Every one agrees to TLS at its end.
#pragma once

#include "tests/unit/tls/probe_scripts.hpp"

namespace tests {

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
inline const std::vector<ProbeScript> kTextScripts{
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
};

}  // namespace tests
