// SPDX-License-Identifier: Apache-2.0
// How an inquiry finds the way to TLS: dialogues, connections of the other kind, and the reasons
// where there is none.
#include "tests/unit/tls/inquiry/inquiry_run.hpp"
#include "tests/unit/tls/probe/made_certificates.hpp"
#include "tests/unit/tls/probe_peer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace tests {
namespace {

using flowtable::ScanEventKind;
using tls::NoTlsReason;
using tls::probe::StarttlsProtocol;

AskedService plain_with_own_name(uint16_t port) {
  AskedService out;
  out.port = port;
  out.wish.other_certificate = false;
  out.wish.without_name = false;
  out.wish.own_name = kProbeNames.own;
  return out;
}

ServiceMaker rsa_service() {
  return tls_service({.keys = {"rsa"}});
}

Der leaf_of(const InquiryRun& run) {
  if (run.observations.empty() || run.observations[0].certs.empty()) return {};
  return run.observations[0].certs[0]->der;
}

const ProbeScript& script_of(std::string_view protocol) {
  static const std::vector<ProbeScript> kAll = agreed_scripts();
  return *std::ranges::find(kAll, protocol, &ProbeScript::protocol);
}

TEST(Way, EveryDialogueLeadsToTheCertificate) {
  std::set<std::string_view> met;
  for (const ProbeScript& script : agreed_scripts()) {
    const StarttlsProtocol* const protocol = tls::probe::protocol_named(script.protocol);
    AskedService asked = plain_with_own_name(protocol->ports[0]);
    asked.name = kProbeNames.domain;
    for (const size_t piece : {size_t{1460}, size_t{1}}) {
      asked.piece_bytes = piece;
      const InquiryRun run =
          ask(scripted_service(script, rsa_service(), script.protocol == "mssql"), asked);
      EXPECT_EQ(leaf_of(run), made_certificates().der("rsa")) << script.protocol << script.name;
      EXPECT_EQ(run.report.starttls, script.protocol) << script.name;
      EXPECT_EQ(run.report.connections, 1u) << script.protocol << script.name;
      ASSERT_EQ(run.observations.size(), 1u);
      EXPECT_EQ(run.observations[0].starttls, script.protocol);
      EXPECT_GT(run.observations[0].plaintext_before, 0u);
    }
    met.insert(script.protocol);
  }
  EXPECT_EQ(met.size(), tls::probe::starttls_protocols().size());
}

TEST(Way, EachFurtherProbeBeginsWithTheDialogue) {
  const ServiceMaker newer = tls_service({.keys = {"ec"}, .version_min = TLS1_3_VERSION});
  for (const std::string_view protocol : {"smtp", "mssql", "ldap"}) {
    const ProbeScript& script = script_of(protocol);
    const uint16_t port = tls::probe::protocol_named(protocol)->ports[0];
    const InquiryRun run =
        ask(scripted_service(script, newer, protocol == "mssql"), plain_with_own_name(port));
    EXPECT_EQ(leaf_of(run), made_certificates().der("ec")) << protocol;
    EXPECT_EQ(run.report.connections, 2u) << protocol;
  }
}

TEST(Way, TheNamedProtocolGoesBeforeThePort) {
  AskedService asked = plain_with_own_name(443);
  asked.protocol = "smtp";
  const InquiryRun run = ask(scripted_service(script_of("smtp"), rsa_service()), asked);
  EXPECT_EQ(leaf_of(run), made_certificates().der("rsa"));
  EXPECT_EQ(run.report.connections, 1u);
}

// Our hello was nonsense to the server, its greeting was not to us.
TEST(Way, AGreetingOnAnUnknownPortBringsItsDialogue) {
  for (const std::string_view protocol : {"smtp", "imap", "pop3", "mysql", "vnc"}) {
    const ProbeScript& script = script_of(protocol);
    const InquiryRun run = ask(scripted_service(script, rsa_service()), plain_with_own_name(12345));
    EXPECT_EQ(leaf_of(run), made_certificates().der("rsa")) << protocol;
    EXPECT_EQ(run.report.starttls, protocol);
    EXPECT_EQ(run.report.connections, 2u) << protocol;
  }
}

TEST(Way, AServerThatHangsUpOnAHelloMayGreetWhoListens) {
  const ServiceMaker hangs_up = talker("", "", ScanEventKind::peer_closed);
  // Probes a, b and c; then we listen.
  const InquiryRun run = ask(
      in_turn({hangs_up, hangs_up, hangs_up, scripted_service(script_of("imap"), rsa_service())}),
      plain_with_own_name(4433));
  EXPECT_EQ(leaf_of(run), made_certificates().der("rsa"));
  EXPECT_EQ(run.report.starttls, "imap");
  EXPECT_EQ(run.report.connections, 4u);
}

TEST(Way, ASilentPortOfAServerThatShouldGreetMaySpeakTls) {
  const InquiryRun run = ask(rsa_service(), plain_with_own_name(25));
  EXPECT_EQ(leaf_of(run), made_certificates().der("rsa"));
  EXPECT_EQ(run.report.starttls, "");
  EXPECT_EQ(run.report.connections, 2u);
}

TEST(Way, ADirectServerOnAPortOfDialoguesIsFoundByItsAlert) {
  // A TLS server takes LDAP's first words for a broken record.
  const InquiryRun run = ask(rsa_service(), plain_with_own_name(389));
  EXPECT_EQ(leaf_of(run), made_certificates().der("rsa"));
}

TEST(Way, PostgresqlThatRefusesIsAskedDirectly) {
  const InquiryRun run = ask(in_turn({talker("", "N"), rsa_service()}), plain_with_own_name(5432));
  EXPECT_EQ(leaf_of(run), made_certificates().der("rsa"));
  ASSERT_EQ(run.observations.size(), 1u);
  EXPECT_EQ(run.observations[0].hello->alpn, std::vector<std::string>{"postgresql"});
}

TEST(Way, XmppIsAskedAgainByTheNameItGives) {
  const ServiceMaker stranger = talker(
      "",
      "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
      "xmlns:stream='http://etherx.jabber.org/streams' version='1.0' from='xmpp.test' id='1'>"
      "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
      "</stream:stream>");
  const InquiryRun run =
      ask(in_turn({stranger, scripted_service(script_of("xmpp"), rsa_service())}),
          plain_with_own_name(5222));
  EXPECT_EQ(leaf_of(run), made_certificates().der("rsa"));
  EXPECT_EQ(run.report.connections, 2u);
}

TEST(Way, PlaintextBehindTheAgreementIsCountedAndThrownAway) {
  ProbeScript script = script_of("smtp");
  script.turns.push_back({'S', "250 injected\r\n"});
  const InquiryRun run = ask(scripted_service(script, rsa_service()), plain_with_own_name(25));
  EXPECT_EQ(leaf_of(run), made_certificates().der("rsa"));
  EXPECT_EQ(run.num_thrown_away, 14u);
}

TEST(Way, MysqlIsAskedOnceAndLeftPolitely) {
  AskedService asked = plain_with_own_name(3306);
  asked.wish.other_certificate = true;
  const InquiryRun run =
      ask(scripted_service(script_of("mysql"), tls_service({.keys = {"rsa", "ec"}})), asked);
  EXPECT_EQ(run.report.connections, 1u);
  const ByteVector close_notify{21, 3, 3, 0, 2, 1, 0};
  ASSERT_GE(run.said[0].size(), close_notify.size());
  EXPECT_TRUE(std::equal(close_notify.rbegin(), close_notify.rend(), run.said[0].rbegin()));
}

TEST(Way, ASweepSaysTheFirstWordsOfThePort) {
  for (const std::string_view protocol : {"ldap", "postgresql", "rdp", "smtp", "irc"}) {
    const InquiryRun run =
        sweep(scripted_service(script_of(protocol), rsa_service()),
              plain_with_own_name(tls::probe::protocol_named(protocol)->ports[0]));
    EXPECT_EQ(leaf_of(run), made_certificates().der("rsa")) << protocol;
    EXPECT_EQ(run.report.connections, 1u) << protocol;
  }
}

struct Ending {
  std::string_view name;
  uint16_t port;
  ServiceMaker service;
  NoTlsReason reason;
  std::string_view step;
  std::string_view code;
  std::string_view speaks;
};

TEST(Way, EveryEndHasItsReason) {
  const Ending endings[] = {
      {"web", 8080, talker("", "HTTP/1.1 400 Bad Request\r\n\r\n"), NoTlsReason::not_tls, "hello",
       "", "http"},
      {"ssh", 22, talker("SSH-2.0-OpenSSH_9\r\n", ""), NoTlsReason::not_tls, "hello", "", "ssh"},
      {"ssh on a mail port", 25, talker("SSH-2.0-OpenSSH_9\r\n", ""), NoTlsReason::not_tls,
       "greeting", "", "ssh"},
      {"tarpit", 443, talker("", ""), NoTlsReason::timed_out, "hello", "", ""},
      {"silent mail", 25, talker("", ""), NoTlsReason::timed_out, "greeting", "", ""},
      {"hangs up", 443, talker("", "", ScanEventKind::peer_closed), NoTlsReason::closed, "hello",
       "", ""},
      {"resets", 443, talker("", "", ScanEventKind::peer_reset), NoTlsReason::reset, "hello", "",
       ""},
      {"floods", 443, talker("", "", ScanEventKind::too_much), NoTlsReason::too_much, "hello", "",
       ""},
      {"no STARTTLS", 25, talker("220 mail ESMTP\r\n", "502 5.5.1 not here\r\n"),
       NoTlsReason::starttls, "starttls", "502", ""},
      {"MySQL that blocks us", 3306, talker({"\x05\0\0\0\xff\x69\x04no", 9}, ""),
       NoTlsReason::starttls, "greeting", "1129", ""},
  };
  for (const Ending& each : endings) {
    const InquiryRun run = ask(each.service, plain_with_own_name(each.port));
    EXPECT_EQ(name_of(run.report.no_tls), name_of(each.reason)) << each.name;
    EXPECT_EQ(run.report.step, each.step) << each.name;
    EXPECT_EQ(run.report.code, each.code) << each.name;
    EXPECT_EQ(run.report.speaks, each.speaks) << each.name;
    EXPECT_TRUE(run.observations.empty()) << each.name;
    EXPECT_LE(run.report.connections, 5u) << each.name;
  }
}

TEST(Way, AServerThatAgreesAndThenGoesRefusesTls) {
  const InquiryRun run =
      ask(scripted_service(script_of("pop3"), talker("", "", ScanEventKind::peer_closed)),
          plain_with_own_name(110));
  EXPECT_EQ(run.report.no_tls, NoTlsReason::refused);
  EXPECT_EQ(run.report.starttls, "pop3");
  EXPECT_EQ(run.report.step, "hello");
  EXPECT_FALSE(run.report.alert);
}

// A message of 16 MB: given up at what a certificate list may be, not heard to its end.
TEST(Way, AnEndlessCertificateIsTooMuch) {
  const ByteVector server_hello = [] {
    ByteVector out{22, 3, 3, 0, 74, 2, 0, 0, 70, 3, 3};
    out.resize(out.size() + 32, 7);
    out.push_back(32);
    out.resize(out.size() + 32, 9);
    out.insert(out.end(), {0xc0, 0x2f, 0});
    return out;
  }();
  class Endless : public Service {
   public:
    explicit Endless(ByteVector hello) : hello_(std::move(hello)) {}
    Reply heard(flowtable::Bytes) override {
      ByteVector out = hello_;
      out.insert(out.end(), {22, 3, 3, 0x40, 0, 11, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfc});
      out.resize(hello_.size() + 5 + 0x4000, 1);
      for (int i = 0; i < 1023; ++i) {
        out.insert(out.end(), {22, 3, 3, 0x40, 0});
        out.resize(out.size() + 0x4000, 1);
      }
      return {out, {}};
    }

   private:
    const ByteVector hello_;
  };
  const InquiryRun run =
      ask([&] { return std::make_unique<Endless>(server_hello); }, plain_with_own_name(443));
  ASSERT_EQ(run.report.probes.size(), 1u);
  EXPECT_EQ(run.report.probes[0].refusal, tls::probe::Refusal::too_much);
  ASSERT_EQ(run.observations.size(), 1u);
  EXPECT_EQ(run.observations[0].missing, tls::MissingReason::too_large);
}

}  // namespace
}  // namespace tests
