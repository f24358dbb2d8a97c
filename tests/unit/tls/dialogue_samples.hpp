// SPDX-License-Identifier: Apache-2.0
// What real programs said before TLS. Clients: OpenSSL 3.0 s_client -starttls, curl 7.88, psql 15,
// mariadb 10.11, tsql 1.3, taken from sockets on loopback; servers: their greetings in the corpus,
// the smoke test's servers, and the RFCs' examples.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tests {

struct DialogueSample {
  std::string_view name;  // as the record shall have it
  std::string_view client;
  std::string_view server;
  uint16_t port = 9999;  // not the usual one, so that the words decide
};

// Text with zero bytes in it.
template <size_t N>
constexpr std::string_view raw(const char (&text)[N]) {
  return {text, N - 1};
}

inline const auto kDialogueSamples = std::to_array<DialogueSample>({
    {"smtp", "EHLO mail.example.com\r\nSTARTTLS\r\n",
     "220 mx.google.com ESMTP s4si9696358qcc.63 - gsmtp\r\n250-mx.google.com at your service\r\n"},
    {"smtp", "HELO mail\r\nSTARTTLS\r\n", "220 ready\r\n"},
    {"smtp", "", "220-mx ESMTP\r\n220 no spam here\r\n250-mx\r\n250-PIPELINING\r\n"},
    {"lmtp", "LHLO mail.example.com\r\nSTARTTLS\r\n", "220 box LMTP ready\r\n250-box\r\n"},
    {"lmtp", "", "220 box Dovecot LMTP ready\r\n250-box\r\n"},
    {"imap", ". CAPABILITY\r\n. STARTTLS\r\n", "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready.\r\n"},
    {"imap", "a1 starttls\r\n", ""},
    {"imap", "", "* PREAUTH ready\r\n"},
    {"pop3", "STLS\r\n", "+OK POP3 ready <1896.697170952@dbc.mtview.ca.us>\r\n+OK\r\n"},
    {"pop3", "CAPA\r\nSTLS\r\n", "+OK hi\r\n"},
    {"pop3", "CAPA\r\n", "+OK\r\n"},
    {"ftp", "AUTH TLS\r\n", "220 (vsFTPd 3.0.3)\r\n234 Proceed with negotiation.\r\n"},
    {"ftp", "FEAT\r\nAUTH SSL\r\n", "220 ready\r\n211-Features\r\n 211 End\r\n"},
    {"ftp", "", "220 ProFTPD Server\r\n234 AUTH TLS successful\r\n"},
    {"ldap",
     "0\x1d\x02\x01\x01w\x18\x80\x16"
     "1.3.6.1.4.1.1466.20037",
     raw("0\x0c\x02\x01\x01x\x07\x0a\x01\x00\x04\x00\x04\x00")},
    // Lengths as Active Directory and its clients write them.
    {"ldap",
     raw("0\x84\x00\x00\x00\x21\x02\x01\x05w\x84\x00\x00\x00\x18\x80\x16"
         "1.3.6.1.4.1.1466.20037"),
     raw("0\x84\x00\x00\x00\x28\x02\x01\x05x\x84\x00\x00\x00\x1f\x0a\x01\x00\x04\x00\x04\x00")},
    {"ldap", "", raw("0\x84\x00\x00\x00\x28\x02\x01\x01x\x84\x00\x00\x00\x1f\x0a\x01\x00")},
    // A search of the root first; the extended request is beyond what was kept.
    {"ldap", raw("0\x25\x02\x01\x01\x63\x20\x04\x00\x0a\x01\x00\x0a\x01\x00\x02\x01\x00"), ""},
    {"xmpp",
     "<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:client' "
     "to='x.test'",
     "<?xml version='1.0'?><stream:stream xmlns:db='jabber:server:dialback' xmlns:stream='http"},
    {"xmpp", "", "<?xml version='1.0'?><stream:stream xmlns='jabber:client' id='1'>"},
    {"xmpp-server",
     "<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:server' "
     "to='x.test'",
     "<?xml version='1.0'?><stream:stream xmlns=\"jabber:server\" xmlns:stream='http"},
    // The word that tells them apart was not kept: the port does.
    {"xmpp-server", "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx", "", 5269},
    {"xmpp", "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx", "", 5222},
    {"nntp", "CAPABILITIES\r\nSTARTTLS\r\n", "200 news ready\r\n101 capability list:\r\n"},
    {"nntp", "STARTTLS\r\n", "201 NNTP Service Ready\r\n382 Continue with TLS negotiation\r\n"},
    {"sieve", "STARTTLS\r\n",
     "\"IMPLEMENTATION\" \"Dovecot Pigeonhole\"\r\n\"SIEVE\" \"fileinto\""},
    {"sieve", "", "\"Implementation\" \"x\"\r\n\"STARTTLS\"\r\nOK\r\n"},
    {"irc", "STARTTLS\r\n", ":srv 670 * :STARTTLS successful\r\n"},
    {"irc", "CAP LS 302\r\nNICK someone\r\n", ":irc.test NOTICE * :*** Looking up your host\r\n"},
    {"postgresql", raw("\x00\x00\x00\x08\x04\xd2\x16\x2f"), "S"},
    {"postgresql", raw("\x00\x00\x00\x08\x04\xd2\x16\x30\x00\x00\x00\x08\x04\xd2\x16\x2f"), "NS"},
    {"mysql",
     raw(" \x00\x00\x01\x85\xae\x7f\x00\x00\x00\x00\x01!\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
     raw("J\x00\x00\x00\n8.0.28\x00\x18\x00\x00\x00"
         "6Z\\=\x1ctQw\x00\xff\xff\xff")},
    {"mysql", raw(" \x00\x00\x01\x85\xaa\xbf\x00\x00\x00\x10\x00!\x00\x00\x00"), ""},
    {"mysql", "", raw("n\x00\x00\x00\n5.5.5-10.11.19-MariaDB-0+deb12u1\x00\x05\x00\x00\x00")},
    {"mssql",
     raw("\x12\x01\x00:\x00\x00\x00\x00\x00\x00\x1a\x00\x06\x01\x00 \x00\x01\x02\x00!\x00\x0c"),
     raw("\x04\x01\x00\x2b\x00\x00\x01\x00\x00\x00\x1a\x00\x06\x01\x00\x20\x00\x01")},
    {"rdp",
     raw("\x03\x00\x00/*\xe0\x00\x00\x00\x00\x00"
         "Cookie: mstshash=AWAKECODI\r\n\x01\x00\x08\x00\x03\x00\x00\x00"),
     raw("\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x01\x08\x00\x02\x00\x00\x00")},
    {"rdp", "", raw("\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x1f\x08\x00\x08")},
    {"vnc", raw("RFB 003.008\n\x13\x00\x02\x00\x00\x01\x04"), raw("RFB 003.008\n\x01\x13\x00\x02")},
    {"telnet", raw("\xff\xfb\x2e\xff\xfa\x2e\x01\xff\xf0"), "\xff\xfd\x2e\xff\xfa\x2e\x01\xff\xf0"},
    {"telnet", "", "\xff\xfd\x18\xff\xfd\x20"},
    {"http-connect", "CONNECT qagpublic.qg1.apps.qualys.com:443 HTTP/1.1\r\n\r\n",
     "HTTP/1.1 200 Connection established\r\n\r\n"},
    {"http-connect", "",
     "HTTP/1.0 200 Connection Established\r\nProxy-agent: Apache/2.4.16\r\n\r\n"},
    {"socks4",
     raw("\x04\x01\x01\xbb\x00\x00\x00\x01"
         "fd7bcf7b5c9e1d\x00login.live.com\x00"),
     raw("\x00Z\x01\xbb\x83\xfd=P")},
    {"socks4", raw("\x04\x01\x00\x19\x7f\x00\x00\x01\x00"), raw("\x00Z\x00\x00\x00\x00\x00\x00")},
    {"socks5", raw("\x05\x02\x00\x01\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x19"),
     raw("\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")},
    {"socks5",
     raw("\x05\x03\x00\x01\x02\x01\x04user\x04pass\x05\x01\x00\x03\x0c"
         "example.test\x01\xbb"),
     raw("\x05\x02\x01\x00\x05\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
         "\x00\x00\x00\x00")},
    {"proxy", "PROXY TCP4 127.0.0.1 127.0.0.1 41894 55219\r\n", ""},
    {"proxy",
     raw("\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\x7f\x00\x00\x01\x7f\x00\x00\x01\x01\x02"
         "\x03\x04"),
     ""},
    // One inside the other.
    {"socks5+imap",
     raw("\x05\x02\x00\x01\x05\x01\x00\x03\x0c"
         "example.test\x00\x8f"
         "A001 CAPABILITY\r\nA002 STARTTLS\r\n"),
     raw("\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00* OK hi\r\nA001 OK done\r\n")},
    {"socks4+postgresql", raw("\x04\x01\x15\x38\x7f\x00\x00\x01\x00\x00\x00\x00\x08\x04\xd2\x16/"),
     raw("\x00Z\x00\x00\x00\x00\x00\x00S")},
    {"proxy+ftp", "PROXY TCP4 10.0.0.1 10.0.0.2 4189 21\r\nAUTH TLS\r\n",
     "220 FTP\r\n234 Proceed\r\n"},
    {"proxy+postgresql",
     raw("\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00\x00\x00\x00\x08\x04\xd2\x16\x2f"), "S"},
    {"proxy+http-connect+ldap",
     raw("PROXY TCP4 10.0.0.1 10.0.0.2 4189 3128\r\nCONNECT a:389 HTTP/1.1\r\n\r\n"
         "0\x1d\x02\x01\x01w\x18\x80"),
     raw("HTTP/1.1 200 OK\r\n\r\n0\x0c\x02\x01\x01x\x07\x0a\x01\x00\x04\x00\x04\x00")},
    {"http-connect+smtp", "CONNECT a:25 HTTP/1.1\r\n\r\nEHLO b\r\nSTARTTLS\r\n",
     "HTTP/1.1 200 Connection established\r\n\r\n220 mail ESMTP\r\n"},
    // Asked for a password, the client sends its request again.
    {"http-connect+smtp",
     "CONNECT a:25 HTTP/1.1\r\n\r\nCONNECT a:25 HTTP/1.1\r\nProxy-A: b\r\n\r\nEHLO b\r\n", ""},
    {"http-connect+unknown", "CONNECT a:9 HTTP/1.1\r\n\r\nhello\r\n",
     "HTTP/1.1 200 Connection established\r\n\r\n"},
    {"unknown", "hello\r\n", "hello yourself\r\n"},
    // A greeting that three dialogues begin with: the port tips the scale.
    {"unknown", "", "220 ready\r\n"},
    {"smtp", "", "220 ready\r\n", 587},
    {"ftp", "", "220 ready\r\n", 21},
    {"lmtp", "", "220 ready\r\n", 2003},
    {"nntp", "", "200 welcome\r\n", 119},
    // A port never outweighs words.
    {"imap", "a STARTTLS\r\n", "* OK hi\r\n", 25},
    {"", "", ""},
});

}  // namespace tests
