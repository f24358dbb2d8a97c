// SPDX-License-Identifier: Apache-2.0
// Servers that say no, each in its way.
#include "tests/unit/tls/probe_peer.hpp"

namespace {

using tests::ProbePeer;
using tests::raw;
using tls::probe::Advert;
using tls::probe::DialogueFailure;

struct Refusal {
  std::string_view protocol;
  std::vector<std::string_view> says;
  DialogueFailure failure;
  std::string_view step, code;
  Advert advert = Advert::unknown;
  bool transient = false;
};

constexpr auto kRefused = DialogueFailure::refused;
constexpr auto kNoAdvert = DialogueFailure::no_advert;

const std::vector<Refusal> kTextRefusals{
    {"smtp", {"554 no\r\n"}, kRefused, "greeting", "554"},
    {"smtp", {"421-busy\r\n421 later\r\n"}, kRefused, "greeting", "421", Advert::unknown, true},
    {"smtp", {"220 a\r\n", "450 greylisted\r\n"}, kRefused, "ehlo", "450", Advert::unknown, true},
    {"smtp",
     {"220 a\r\n", "250-a\r\n250 STARTTLS\r\n", "454 no key\r\n"},
     kRefused,
     "starttls",
     "454",
     Advert::yes,
     true},
    {"smtp", {"220 a\r\n", "250 a\r\n", "502 no\r\n"}, kNoAdvert, "starttls", "502", Advert::no},
    {"smtp",
     {"220 a\r\n", "250-a\r\n250 XSTARTTLS STARTTLS\r\n", "530 no\r\n"},
     kNoAdvert,
     "starttls",
     "530",
     Advert::no},
    {"smtp", {"220 a\r\n", "500 a\r\n", "502 no\r\n"}, kRefused, "starttls", "502"},
    {"lmtp", {"220 a\r\n", "250 a\r\n", "502 no\r\n"}, kNoAdvert, "starttls", "502", Advert::no},
    {"imap", {"* BYE full\r\n"}, kRefused, "greeting", "BYE"},
    {"imap", {"* PREAUTH hello\r\n"}, kRefused, "greeting", "PREAUTH"},
    {"imap",
     {"* OK\r\n", "* CAPABILITY STARTTLS\r\na001 OK\r\n", "a002 NO down\r\n"},
     kRefused,
     "starttls",
     "NO",
     Advert::yes},
    {"imap",
     {"* OK\r\n", "* CAPABILITY IMAP4rev1\r\na001 OK\r\n", "a002 BAD what\r\n"},
     kNoAdvert,
     "starttls",
     "BAD",
     Advert::no},
    {"imap", {"* OK\r\n", "* BYE idle\r\n"}, kRefused, "capability", "BYE"},
    {"pop3", {"-ERR full\r\n"}, kRefused, "greeting", "-ERR"},
    {"pop3", {"+OK\r\n", "-ERR [AUTH] what\r\n"}, kRefused, "stls", "-ERR"},
    {"ftp", {"421 too many\r\n"}, kRefused, "greeting", "421", Advert::unknown, true},
    {"ftp", {"530 no\r\n"}, kRefused, "greeting", "530"},
    {"ftp", {"220 a\r\n", "500 what\r\n", "534 no\r\n"}, kRefused, "auth_ssl", "534"},
    {"ftp", {"220 a\r\n", "421 bye\r\n"}, kRefused, "auth_tls", "421", Advert::unknown, true},
    {"xmpp",
     {"<stream:stream from='a'>",
      "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"},
     kRefused,
     "features",
     "host-unknown"},
    {"xmpp", {"<stream:stream>", "<stream:error/>"}, kRefused, "features", "error"},
    {"xmpp", {"<stream:stream>", "</stream:stream>"}, DialogueFailure::closed, "features", ""},
    {"xmpp",
     {"<stream:stream>", "<stream:features><starttls/></stream:features>", "<failure/>"},
     kRefused,
     "starttls",
     "failure",
     Advert::yes},
    {"xmpp-server",
     {"<stream:stream>", "<starttls/><stream:features><a/></stream:features>", "<failure/>"},
     kNoAdvert,
     "starttls",
     "failure",
     Advert::no},
    {"nntp", {"400 busy\r\n"}, kRefused, "greeting", "400", Advert::unknown, true},
    {"nntp", {"502 no\r\n"}, kRefused, "greeting", "502"},
    {"nntp",
     {"200 a\r\n", "101 a\r\nREADER\r\n.\r\n", "500 no\r\n"},
     kNoAdvert,
     "starttls",
     "500",
     Advert::no},
    {"nntp",
     {"200 a\r\n", "480 a\r\n", "483 no\r\n"},
     kRefused,
     "starttls",
     "483",
     Advert::unknown,
     true},
    {"nntp",
     {"200 a\r\n", "101 a\r\nSTARTTLS\r\n.\r\n", "580 no\r\n"},
     kRefused,
     "starttls",
     "580",
     Advert::yes},
    {"sieve", {"BYE \"full\"\r\n"}, kRefused, "greeting", "BYE"},
    {"sieve",
     {"\"SASL\" \"\"\r\nOK\r\n", "NO \"no\"\r\n"},
     kNoAdvert,
     "starttls",
     "NO",
     Advert::no},
    {"sieve",
     {"\"STARTTLS\"\r\nOK\r\n", "no (TRYLATER)\r\n"},
     kRefused,
     "starttls",
     "no",
     Advert::yes},
    {"irc", {":a 691 * :failed\r\n"}, kRefused, "starttls", "691"},
    {"irc", {":a 421 * STARTTLS :Unknown command\r\n"}, kRefused, "starttls", "421"},
    {"irc", {":a 451 * :You have not registered\r\n"}, kRefused, "starttls", "451"},
    {"irc", {"ERROR :Closing Link\r\n"}, kRefused, "starttls", "ERROR"},
};

const std::vector<Refusal> kBinaryRefusals{
    // 52, unavailable: Active Directory without a certificate.
    {"ldap",
     {raw("\x30\x84\x00\x00\x00\x12\x02\x01\x01\x78\x84\x00\x00\x00\x09\x0a\x01\x34\x04\x00\x04\x02"
          "no")},
     kRefused,
     "starttls",
     "52"},
    {"ldap",
     {raw("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00")},
     kRefused,
     "starttls",
     "2"},
    // The notice of disconnection is no answer to us, whatever its code.
    {"ldap",
     {raw("\x30\x0c\x02\x01\x00\x78\x07\x0a\x01\x33\x04\x00\x04\x00")},
     kRefused,
     "starttls",
     "51"},
    {"ldap",
     {raw("\x30\x0c\x02\x01\x00\x78\x07\x0a\x01\x00\x04\x00\x04\x00")},
     kRefused,
     "starttls",
     "0"},
    // A bind's answer under our number; a result that is no number; the indefinite length.
    {"ldap",
     {raw("\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00")},
     DialogueFailure::not_this_protocol,
     "starttls",
     ""},
    {"ldap",
     {raw("\x30\x0b\x02\x01\x01\x78\x06\x0a\x00\x04\x00\x04\x00")},
     DialogueFailure::not_this_protocol,
     "starttls",
     ""},
    {"ldap", {raw("\x30\x80\x02\x01\x01")}, DialogueFailure::not_this_protocol, "starttls", ""},
    {"postgresql", {"N"}, kRefused, "ssl_request", "N"},
    {"postgresql",
     {raw("E\x00\x00\x00\x19SFATAL\x00"
          "C53300\x00Mfull\x00\x00")},
     kRefused,
     "ssl_request",
     "53300"},
    {"postgresql", {"EFATAL: unsupported\n"}, kRefused, "ssl_request", "E"},
    {"mysql",
     {raw("\x08\x00\x00\x00\xff\x69\x04"
          "block")},
     kRefused,
     "greeting",
     "1129"},
    {"mysql", {raw("\x02\x00\x00\x00\x09\x33")}, kNoAdvert, "greeting", "", Advert::no},
    {"mysql",
     {raw("\x12\x00\x00\x00\x0a"
          "8\x00\x05\x00\x00\x00|AFeC\"+j\x00\xff\xf7")},
     kNoAdvert,
     "greeting",
     "",
     Advert::no},
    {"mssql",
     {raw("\x04\x01\x00\x0f\x00\x00\x01\x00\x01\x00\x06\x00\x01\xff\x02")},
     kRefused,
     "prelogin",
     "2"},
    {"mssql",
     {raw("\x04\x01\x00\x0f\x00\x00\x01\x00\x02\x00\x06\x00\x01\xff\x02")},
     kNoAdvert,
     "prelogin",
     "",
     Advert::no},
    {"mssql",
     {raw("\x04\x01\x00\x0f\x00\x00\x01\x00\x01\x00\x07\x00\x01\xff\x02")},
     kNoAdvert,
     "prelogin",
     "",
     Advert::no},
    {"rdp",
     {raw("\x03\x00\x00\x0b\x06\xd0\x00\x00\x12\x34\x00")},
     kNoAdvert,
     "negotiation",
     "",
     Advert::no},
    {"rdp",
     {raw("\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x03\x00\x08\x00\x03\x00\x00\x00")},
     kRefused,
     "negotiation",
     "3"},
    {"rdp",
     {raw("\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x00\x08\x00\x00\x00\x00\x00")},
     kRefused,
     "negotiation",
     "protocol_0"},
    {"rdp",
     {raw("\x03\x00\x00\x0b\x06\x80\x00\x00\x00\x00\x01")},
     kRefused,
     "negotiation",
     "disconnect"},
    {"rdp",
     {raw("\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x07\x00\x08\x00\x00\x00\x00\x00")},
     DialogueFailure::not_this_protocol,
     "negotiation",
     ""},
    {"vnc", {"RFB 003.003\n"}, kNoAdvert, "version", "", Advert::no},
    {"vnc", {"RFB 003.008\n", raw("\x00\x00\x00\x00\x02no")}, kRefused, "security_types", "0"},
    {"vnc", {"RFB 003.008\n", "\x02\x01\x02"}, kNoAdvert, "security_types", "", Advert::no},
    {"vnc",
     {"RFB 003.008\n", "\x01\x13", raw("\x00\x01")},
     kRefused,
     "vencrypt_version",
     "vencrypt_0.1"},
    {"vnc",
     {"RFB 003.008\n", "\x01\x13", raw("\x00\x02"), "\x01"},
     kRefused,
     "vencrypt_version_accepted",
     "1"},
    {"vnc",
     {"RFB 003.008\n", "\x01\x13", raw("\x00\x02"), raw("\x00\x01\x00\x00\x01\x02")},
     DialogueFailure::no_certificate,
     "vencrypt_subtypes",
     "",
     Advert::no},
    {"vnc",
     {"RFB 003.008\n", "\x01\x13", raw("\x00\x02"), raw("\x00\x01\x00\x00\x01\x00")},
     kNoAdvert,
     "vencrypt_subtypes",
     "",
     Advert::no},
    {"vnc",
     {"RFB 003.008\n", "\x01\x13", raw("\x00\x02"), raw("\x00\x01\x00\x00\x01\x04"), raw("\x00")},
     kRefused,
     "vencrypt_accepted",
     "0",
     Advert::yes},
    {"telnet", {"\xff\xfd\x18", "\xff\xfe\x2e"}, kNoAdvert, "do_starttls", "DONT", Advert::no},
};

void expect_refusal(const Refusal& refusal, size_t piece_bytes) {
  ProbePeer peer(refusal.protocol, piece_bytes);
  for (const std::string_view words : refusal.says) {
    EXPECT_EQ(peer.result().failure, DialogueFailure::none) << refusal.protocol;
    peer.say(words);
  }
  const auto& result = peer.result();
  const std::string told =
      std::string(refusal.protocol) + " at " + std::string(result.step) + " with " + result.code;
  EXPECT_FALSE(result.ready) << told;
  EXPECT_EQ(tls::probe::name_of(result.failure), tls::probe::name_of(refusal.failure)) << told;
  EXPECT_EQ(result.step, refusal.step) << told;
  EXPECT_EQ(result.code, refusal.code) << told;
  EXPECT_EQ(result.advert, refusal.advert) << told;
  EXPECT_EQ(result.transient, refusal.transient) << told;
  EXPECT_EQ(peer.last_kind(), tls::probe::Step::Kind::finished) << told;
}

TEST(ProbeRefusal, IsNamedWithStepAndTheProtocolsOwnCode) {
  for (const size_t piece : {size_t{1}, size_t{3}, SIZE_MAX}) {
    for (const Refusal& refusal : kTextRefusals)
      expect_refusal(refusal, piece);
    for (const Refusal& refusal : kBinaryRefusals)
      expect_refusal(refusal, piece);
  }
}

TEST(ProbeRefusal, AnErrorOfPostgresqlThatIsCutIsStillANo) {
  ProbePeer peer("postgresql");
  peer.say(raw("E\x00\x00\x00\x19SFA"));
  EXPECT_EQ(peer.result().failure, DialogueFailure::none);
  peer.end(tls::probe::PeerEnd::closed);
  EXPECT_EQ(peer.result().failure, kRefused);
  EXPECT_EQ(peer.result().code, "E");
}

TEST(ProbeRefusal, TheNameOfAnXmppServerIsKeptForTheNextAttempt) {
  ProbePeer peer("xmpp");
  peer.say(
      "<stream:stream xmlns='jabber:client' xml:from='no' to=\"from='no'\" from=\"chat<'.test\">"
      "<stream:error><host-unknown/></stream:error>");
  EXPECT_EQ(peer.result().failure, kRefused);
  EXPECT_EQ(peer.result().peer_name, "chat.test");
}

TEST(ProbeRefusal, CodesAreShortAndPrintable) {
  ProbePeer peer("imap");
  peer.say("* OK\r\na001 OK\r\na002 N\xc3\xb6" + std::string(100, 'x') + "\r\n");
  EXPECT_EQ(peer.result().failure, DialogueFailure::no_advert);
  EXPECT_EQ(peer.result().code, "N??" + std::string(29, 'x'));
}

}  // namespace
