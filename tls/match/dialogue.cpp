// SPDX-License-Identifier: Apache-2.0
#include "tls/match/dialogue.hpp"

namespace tls {
namespace {

constexpr Talker kClient = Talker::client;
constexpr Talker kServer = Talker::server;

// RFC 3207. The greeting is that of FTP and LMTP too.
constexpr Words kSmtp[] = {
    {kClient, 3, R"((?i)^(?:EHLO|HELO) )"},
    {kClient, 1, R"((?i)(?:^|\n)STARTTLS *\r?\n)"},
    {kServer, 1, R"(^220[ -])"},
    {kServer, 2, R"((?i)^220[ -][^\n]*SMTP)"},
    {kServer, 1, R"(\n250[ -])"},
};
// RFC 2033 section 4.
constexpr Words kLmtp[] = {
    {kClient, 4, R"((?i)^LHLO )"},
    {kServer, 1, R"(^220[ -])"},
    {kServer, 2, R"((?i)^220[ -][^\n]*LMTP)"},
};
// RFC 9051 sections 6.2.1 and 7.1.
constexpr Words kImap[] = {
    {kClient, 3, R"((?i)(?:^|\n)[^ \r\n]{1,32} STARTTLS *\r?\n)"},
    {kClient, 3, R"((?i)^[^ \r\n]{1,32} (?:CAPABILITY|ID [^\n]*)\r?\n)"},
    {kServer, 3, R"(^\* (?:OK|PREAUTH|BYE)[ \r])"},
};
// RFC 2595 section 4.
constexpr Words kPop3[] = {
    {kClient, 3, R"((?i)(?:^|\n)STLS *\r?\n)"},
    {kClient, 1, R"((?i)^(?:CAPA|AUTH)[^\n]*\n)"},
    {kServer, 2, R"(^\+OK[ \r])"},
};
// RFC 4217 section 4.
constexpr Words kFtp[] = {
    {kClient, 4, R"((?i)(?:^|\n)AUTH (?:TLS|SSL)(?:-[CP])? *\r?\n)"},
    {kClient, 1, R"((?i)^(?:FEAT|HOST|USER)[ \r\n])"},
    {kServer, 1, R"(^220[ -])"},
    {kServer, 2, R"((?i)^220[ -][^\n]*FTP)"},
    {kServer, 2, R"(\n(?:234|334)[ -])"},
};
// RFC 4511 sections 4.1.1 and 4.14. A length is in the short form, or in a long one of up to four
// bytes, which Active Directory uses for all. 60, 63, 77: bind, search, extended request; 61, 64,
// 65, 73, 78 are answers.
constexpr Words kLdap[] = {
    {kClient, 2,
     R"(^\x30(?:[\x00-\x7f]|\x81.|\x82.{2}|\x83.{3}|\x84.{4}))"
     R"(\x02(?:\x84\x00{3})?[\x01-\x04].{1,4}[\x60\x63\x77])"},
    {kClient, 3,
     R"(\x77(?:[\x00-\x7f]|\x81.|\x82.{2}|\x83.{3}|\x84.{4}))"
     R"(\x80(?:\x16|\x81\x16|\x82\x00\x16|\x83\x00{2}\x16|\x84\x00{3}\x16))"
     R"(1\.3\.6\.1\.4\.1\.1466\.20037)"},
    {kServer, 2,
     R"(^\x30(?:[\x00-\x7f]|\x81.|\x82.{2}|\x83.{3}|\x84.{4}))"
     R"(\x02(?:\x84\x00{3})?[\x01-\x04].{1,4}[\x61\x64\x65\x73\x78])"},
};
// RFC 6120 section 4.
constexpr Words kXmpp[] = {
    {kClient, 3, R"(<stream:stream[ \t\r\n>])"},
    {kClient, 2, R"(xmlns=["']jabber:client["'])"},
    {kServer, 3, R"(<stream:stream[ \t\r\n>])"},
    {kServer, 2, R"(xmlns=["']jabber:client["'])"},
};
constexpr Words kXmppServer[] = {
    {kClient, 3, R"(<stream:stream[ \t\r\n>])"},
    {kClient, 2, R"(xmlns=["']jabber:server["'])"},
    {kServer, 3, R"(<stream:stream[ \t\r\n>])"},
    {kServer, 2, R"(xmlns=["']jabber:server["'])"},
};
// RFC 4642 section 2.
constexpr Words kNntp[] = {
    {kClient, 1, R"((?i)^STARTTLS *\r?\n)"},
    {kClient, 3, R"((?i)^(?:CAPABILITIES|MODE READER|LIST EXTENSIONS) *\r?\n)"},
    {kServer, 1, R"(^20[01] )"},
    {kServer, 2, R"((?i)^20[01] [^\n]*(?:NNTP|news|posting))"},
    {kServer, 2, R"(\n382[ -])"},
};
// RFC 5804 section 1.8 and 2.
constexpr Words kSieve[] = {
    {kClient, 1, R"((?i)^(?:STARTTLS|CAPABILITY) *\r?\n)"},
    {kServer, 3,
     R"((?i)^\x22(?:IMPLEMENTATION|SASL|SIEVE|STARTTLS|NOTIFY|LANGUAGE|OWNER|VERSION)\x22)"},
};
// RFC 2812; the numeric 670 of STARTTLS. NOTICE: what servers say before they are asked.
constexpr Words kIrc[] = {
    {kClient, 1, R"((?i)^STARTTLS *\r?\n)"},
    {kClient, 3, R"((?i)^(?:CAP (?:LS|REQ)|NICK)[ \r\n])"},
    {kServer, 3, R"(^:[^ \r\n]{1,64} (?:NOTICE|CAP|[0-9]{3}) )"},
    {kServer, 1, R"((?:^|\n):[^ \r\n]{1,64} 670 )"},
};
// SSLRequest and GSSENCRequest; the answers N and S, each alone.
constexpr Words kPostgresql[] = {
    {kClient, 4, R"(^\x00\x00\x00\x08\x04\xd2\x16[\x2f\x30])"},
    {kServer, 1, R"(^N?[SG]\z)"},
};
// Protocol::HandshakeV10; Protocol::SSLRequest: 32 bytes with CLIENT_SSL (0x0800) among the flags.
constexpr Words kMysql[] = {
    {kClient, 3,
     R"(^\x20\x00\x00\x01.[\x08-\x0f\x18-\x1f\x28-\x2f\x38-\x3f\x48-\x4f\x58-\x5f\x68-\x6f\x78-)"
     R"(\x7f\x88-\x8f\x98-\x9f\xa8-\xaf\xb8-\xbf\xc8-\xcf\xd8-\xdf\xe8-\xef\xf8-\xff])"},
    {kServer, 3, R"(^.{3}\x00\x0a[0-9][ -~]{0,80}\x00)"},
};
// MS-TDS section 2.2.6.5: a packet header, then options, of which VERSION (6 bytes) is the first.
constexpr Words kMssql[] = {
    {kClient, 4, R"(^\x12[\x00\x01].{6}\x00.{2}\x00\x06)"},
    {kServer, 3, R"(^\x04[\x00\x01].{6}\x00.{2}\x00\x06)"},
};
// MS-RDPBCGR sections 2.2.1.1 and 2.2.1.2: TPKT, then X.224 Connection Request or Confirm.
constexpr Words kRdp[] = {
    {kClient, 3, R"(^\x03\x00.{2}[\x06-\xfe]\xe0)"},
    {kServer, 3, R"(^\x03\x00.{2}[\x06-\xfe]\xd0)"},
};
// RFC 6143 section 7.1.1.
constexpr Words kVnc[] = {
    {kClient, 3, R"(^RFB [0-9]{3}\.[0-9]{3}\n)"},
    {kServer, 3, R"(^RFB [0-9]{3}\.[0-9]{3}\n)"},
};
// RFC 854: IAC with WILL, WON'T, DO, DON'T; START_TLS is option 46 (draft-altman-telnet-starttls).
constexpr Words kTelnet[] = {
    {kClient, 2, R"(^\xff[\xfb-\xfe])"},
    {kClient, 2, R"(\xff\xfa\x2e\x01\xff\xf0)"},
    {kServer, 2, R"(^\xff[\xfb-\xfe])"},
    {kServer, 2, R"(\xff\xfa\x2e\x01\xff\xf0)"},
};

// RFC 9110 section 9.3.6.
constexpr Words kHttpConnect[] = {
    {kClient, 4, R"((?i)^CONNECT [^ \r\n])"},
    {kServer, 2, R"(^HTTP/1\.[01] 2[0-9]{2}[ \r])"},
};
// The SOCKS 4 protocol: version, CONNECT, port, address; the answer begins with zero and 90.
constexpr Words kSocks4[] = {
    {kClient, 2, R"(^\x04\x01.{6})"},
    {kServer, 1, R"(^\x00\x5a.{6})"},
};
// RFC 1928 sections 3 and 4: the methods, then a request or the negotiation of RFC 1929.
constexpr Words kSocks5[] = {
    {kClient, 2, R"(^\x05(?:\x01.|\x02.{2}|\x03.{3}|\x04.{4}|\x05.{5}))"},
    {kClient, 2,
     R"(^\x05(?:\x01.|\x02.{2}|\x03.{3}|\x04.{4}|\x05.{5})(?:\x01|\x05\x01\x00[\x01\x03\x04]))"},
    {kServer, 1, R"(^\x05[\x00-\x02])"},
};
// The PROXY protocol, versions 1 and 2.
constexpr Words kProxy[] = {
    {kClient, 4, R"(^PROXY (?:TCP4|TCP6|UNKNOWN)[ \r])"},
    {kClient, 4, R"(^\x0d\x0a\x0d\x0a\x00\x0d\x0aQUIT\x0a)"},
};

constexpr uint16_t kSmtpPorts[] = {25, 587, 2525};
constexpr uint16_t kLmtpPorts[] = {24, 2003};
constexpr uint16_t kImapPorts[] = {143, 220};
constexpr uint16_t kPop3Ports[] = {110, 109};
constexpr uint16_t kFtpPorts[] = {21};
constexpr uint16_t kLdapPorts[] = {389, 3268};
constexpr uint16_t kXmppPorts[] = {5222};
constexpr uint16_t kXmppServerPorts[] = {5269};
constexpr uint16_t kNntpPorts[] = {119, 433};
constexpr uint16_t kSievePorts[] = {4190, 2000};
constexpr uint16_t kIrcPorts[] = {6667, 6660, 6661, 6662, 6663, 6664, 6665, 6666, 6668, 6669};
constexpr uint16_t kPostgresqlPorts[] = {5432, 6432};
constexpr uint16_t kMysqlPorts[] = {3306};
constexpr uint16_t kMssqlPorts[] = {1433};
constexpr uint16_t kRdpPorts[] = {3389};
constexpr uint16_t kVncPorts[] = {5900, 5901, 5902, 5903, 5904, 5905, 5906};
constexpr uint16_t kTelnetPorts[] = {23};
constexpr uint16_t kHttpConnectPorts[] = {3128, 8080, 8888};
constexpr uint16_t kSocksPorts[] = {1080};

constexpr Dialogue kDialogues[] = {
    {"smtp", kSmtp, kSmtpPorts},
    {"lmtp", kLmtp, kLmtpPorts},
    {"imap", kImap, kImapPorts},
    {"pop3", kPop3, kPop3Ports},
    {"ftp", kFtp, kFtpPorts},
    {"ldap", kLdap, kLdapPorts},
    {"xmpp", kXmpp, kXmppPorts},
    {"xmpp-server", kXmppServer, kXmppServerPorts},
    {"nntp", kNntp, kNntpPorts},
    {"sieve", kSieve, kSievePorts},
    {"irc", kIrc, kIrcPorts},
    {"postgresql", kPostgresql, kPostgresqlPorts},
    {"mysql", kMysql, kMysqlPorts},
    {"mssql", kMssql, kMssqlPorts},
    {"rdp", kRdp, kRdpPorts},
    {"vnc", kVnc, kVncPorts},
    {"telnet", kTelnet, kTelnetPorts},
    {"http-connect", kHttpConnect, kHttpConnectPorts, true},
    {"socks4", kSocks4, kSocksPorts, true},
    {"socks5", kSocks5, kSocksPorts, true},
    {"proxy", kProxy, {}, true},
};

}  // namespace

std::span<const Dialogue> dialogues() noexcept {
  return kDialogues;
}

}  // namespace tls
