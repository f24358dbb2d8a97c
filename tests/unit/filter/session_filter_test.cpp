// SPDX-License-Identifier: Apache-2.0
#include "control/filter/session_filter.hpp"

#include <gtest/gtest.h>

#include <map>

namespace control {
namespace {

using flowtable::IpAddress;

IpAddress address(std::string_view text) {
  return parse_address_prefix(text)->address;
}

tls::CertificatePtr certificate(std::string common_name, uint8_t first_octet) {
  auto facts = std::make_shared<tls::CertificateFacts>();
  facts->sha256.fill(first_octet);
  facts->sha1.fill(static_cast<uint8_t>(first_octet + 1));
  facts->spki_sha256.emplace().fill(static_cast<uint8_t>(first_octet + 2));
  facts->subject = {{"2.5.4.10", "Example Corp"}, {"2.5.4.3", std::move(common_name)}};
  facts->issuer = {{"2.5.4.3", "Example Root CA"}};
  return facts;
}

tls::Observation session() {
  tls::Observation seen;
  seen.client = {address("10.1.2.3"), 45000};
  seen.server = {address("2001:db8::5"), 8443};
  seen.hello.emplace();
  seen.sni = "Mail.Example.org";
  seen.hello.own().alpn = {{"h2", "http/1.1"}};
  seen.hello.own().ja3.hash = "9dffdb8b608a430b774a2ff7d36c1a0c";
  seen.hello.own().ja4.hash = "t12d0411h2_16476d049b0b_78f1d400d464";
  seen.answer.emplace();
  seen.answer.own().version = 0x0303;
  seen.answer.own().cipher = 0xc02f;
  seen.answer.own().ja3s.hash = "15af977ce25de452b96affa2addb1036";
  seen.answer.own().ja4s = tls::Fingerprint{.raw = "", .hash = "t1206h1_c02f_17136cd5846b"};
  seen.certs = {certificate("mail.example.org", 0xa0), certificate("Example Issuing CA", 0xb0)};
  seen.client_certs = {certificate("client.example.org", 0xc0)};
  seen.starttls = "smtp";
  seen.resumed = false;
  seen.alert = 40;
  seen.missing = tls::MissingReason::alert;
  return seen;
}

bool passes(const std::vector<std::string>& filters, const tls::Observation& seen) {
  const auto filter = SessionFilter::parse(filters);
  EXPECT_TRUE(filter.ok()) << filters.front() << ": " << filter.error().message;
  return filter.ok() && filter.value().passes(seen);
}

// For every field one filter that the session above passes, and one that it does not.
const std::map<std::string_view, std::pair<std::string, std::string>> kCases = {
    {"sni", {"sni:*.example.org", "sni:example.org"}},
    {"client", {"client:10.0.0.0/8", "client:11.0.0.0/8,2001:db8::/32"}},
    {"server", {"server:192.0.2.1,2001:db8::/32", "server:10.0.0.0/8"}},
    {"port", {"port:443,8443", "port:45000"}},
    {"client_port", {"client_port>=45000", "client_port>45000"}},
    {"transport", {"transport:tcp", "transport:quic,dtls"}},
    {"type", {"type:tls", "type:ssh"}},
    {"version", {"version<1.3", "version<1.2"}},
    {"cipher", {"cipher:0xc02f", "cipher:0x1301"}},
    {"alpn", {"alpn:h2", "alpn:h3"}},
    {"starttls", {"starttls:smtp", "starttls:-"}},
    {"ja3", {"ja3:9DFFDB8B608A430B774A2FF7D36C1A0C", "ja3:15af*"}},
    {"ja3s", {"ja3s:15af*", "ja3s:9dff*"}},
    {"ja4", {"ja4:t12d*_78f1d400d464", "ja4:t13*"}},
    {"ja4s", {"ja4s:t12*", "ja4s:t13*"}},
    {"complete", {"complete:no", "complete:yes"}},
    {"missing", {"missing:gap,alert", "missing:gap"}},
    {"alert", {"alert:40", "alert<40"}},
    {"resumed", {"resumed:no", "resumed:yes"}},
    {"cert", {"cert:b1b1b1b1", "cert:deadbeef"}},
    {"subject", {"subject:issuing ca", "subject:root"}},
    {"issuer", {"issuer:ROOT", "issuer:issuing"}},
    {"client_cert", {"client_cert:yes", "client_cert:no"}},
};

TEST(SessionFilter, MatchesEveryField) {
  const tls::Observation seen = session();
  for (const FilterField& field : filter_fields()) {
    ASSERT_TRUE(kCases.contains(field.name)) << field.name << " has no case here";
    const auto& [yes, no] = kCases.at(field.name);
    EXPECT_TRUE(passes({yes}, seen)) << yes;
    EXPECT_FALSE(passes({no}, seen)) << no;
    EXPECT_FALSE(passes({"-" + yes}, seen)) << "-" << yes;
    EXPECT_TRUE(passes({"-" + no}, seen)) << "-" << no;
  }
}

// Nothing fits no value, and only the value for nothing asks for it.
TEST(SessionFilter, TellsWhatIsAbsent) {
  const tls::Observation empty;
  for (const std::string name : {"sni", "version", "cipher", "alpn", "starttls", "ja3", "ja3s",
                                 "ja4", "ja4s", "missing", "alert", "cert", "subject", "issuer"}) {
    EXPECT_FALSE(passes({kCases.at(name).first}, empty)) << name;
    EXPECT_FALSE(passes({kCases.at(name).second}, empty) && kCases.at(name).second.back() != '-')
        << name;
    EXPECT_TRUE(passes({name + ":-"}, empty)) << name;
    EXPECT_FALSE(passes({name + ":-"}, session())) << name;
  }
  EXPECT_FALSE(passes({"version<1.2"}, empty));
  EXPECT_TRUE(passes({"-version<1.2"}, empty));
}

TEST(SessionFilter, NeedsAllOfItsFilters) {
  EXPECT_TRUE(passes({}, session()));
  EXPECT_TRUE(passes({"port:8443", "sni:mail*", "-version:1.3"}, session()));
  EXPECT_FALSE(passes({"port:8443", "sni:www*"}, session()));
}

TEST(SessionFilter, NamesTheFilterThatIsWrong) {
  const std::vector<std::string> filters = {"port:443", "prt:443"};
  const auto filter = SessionFilter::parse(filters);
  ASSERT_FALSE(filter.ok());
  EXPECT_TRUE(filter.error().message.starts_with("filter `prt:443`, character 1:"))
      << filter.error().message;
}

}  // namespace
}  // namespace control
