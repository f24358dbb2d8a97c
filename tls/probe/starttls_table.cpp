// SPDX-License-Identifier: Apache-2.0
#include "tls/probe/starttls_table.hpp"

#include <algorithm>
#include <array>

namespace tls::probe {
namespace {

constexpr Speaker kClient = Speaker::client;
constexpr Speaker kServer = Speaker::server;

constexpr uint16_t kSmtp[] = {25, 587, 2525};
constexpr uint16_t kLmtp[] = {24, 2003};
constexpr uint16_t kImap[] = {143, 220};
constexpr uint16_t kPop3[] = {110, 109};
constexpr uint16_t kFtp[] = {21};
constexpr uint16_t kLdap[] = {389, 3268};
constexpr uint16_t kXmpp[] = {5222};
constexpr uint16_t kXmppServer[] = {5269};
constexpr uint16_t kNntp[] = {119, 433};
constexpr uint16_t kSieve[] = {4190, 2000};
constexpr uint16_t kIrc[] = {6667, 6660, 6661, 6662, 6663, 6664, 6665, 6666, 6668, 6669};
constexpr uint16_t kPostgresql[] = {5432, 6432};
constexpr uint16_t kMysql[] = {3306};
constexpr uint16_t kMssql[] = {1433};
constexpr uint16_t kRdp[] = {3389};
constexpr uint16_t kVnc[] = {5900, 5901, 5902, 5903, 5904, 5905, 5906};
constexpr uint16_t kTelnet[] = {23};

constexpr StarttlsProtocol kProtocols[] = {
    {"smtp", kServer, kSmtp, make_smtp, "", "mail: EHLO, STARTTLS"},
    {"lmtp", kServer, kLmtp, make_lmtp, "", "mail delivery: LHLO, STARTTLS"},
    {"imap", kServer, kImap, make_imap, "", "mailboxes: CAPABILITY, STARTTLS"},
    {"pop3", kServer, kPop3, make_pop3, "", "mailboxes: STLS"},
    {"ftp", kServer, kFtp, make_ftp, "", "files: AUTH TLS, then AUTH SSL"},
    {"ldap", kClient, kLdap, make_ldap, "", "directories, Active Directory too: StartTLS"},
    {"xmpp", kClient, kXmpp, make_xmpp, "", "chat, clients: starttls in a stream"},
    {"xmpp-server", kClient, kXmppServer, make_xmpp_server, "", "chat, servers to each other"},
    {"nntp", kServer, kNntp, make_nntp, "", "news: CAPABILITIES, STARTTLS"},
    {"sieve", kServer, kSieve, make_sieve, "", "mail filters (ManageSieve): STARTTLS"},
    {"irc", kClient, kIrc, make_irc, "", "chat: STARTTLS before registration"},
    {"postgresql", kClient, kPostgresql, make_postgresql, "postgresql", "SSLRequest"},
    {"mysql", kServer, kMysql, make_mysql, "", "MySQL, MariaDB: SSLRequest"},
    {"mssql", kClient, kMssql, make_mssql, "tds/8.0", "SQL Server: TLS inside TDS packets"},
    {"rdp", kClient, kRdp, make_rdp, "", "Windows desktops: negotiation in X.224"},
    {"vnc", kServer, kVnc, make_vnc, "", "desktops: VeNCrypt with X.509"},
    {"telnet", kServer, kTelnet, make_telnet, "", "terminals: option START_TLS"},
};

// Lists of nmap and masscan, and what else is common.
constexpr uint16_t kDirect[] = {443,  465,  563,  636,  853,  989,  990,  992,  993,  994,  995,
                                2083, 2087, 2096, 2376, 2484, 3269, 4433, 4911, 5061, 5349, 5671,
                                5986, 6380, 6443, 8140, 8443, 8883, 9093, 9443, 16379};

constexpr size_t kPortCount = [] {
  size_t count = std::size(kDirect);
  for (const StarttlsProtocol& each : kProtocols)
    count += each.ports.size();
  return count;
}();

constexpr auto kAllPorts = [] {
  std::array<uint16_t, kPortCount> ports{};
  auto end = std::copy(std::begin(kDirect), std::end(kDirect), ports.begin());
  for (const StarttlsProtocol& each : kProtocols) {
    end = std::copy(each.ports.begin(), each.ports.end(), end);
  }
  std::sort(ports.begin(), ports.end());
  return ports;
}();
static_assert(std::adjacent_find(kAllPorts.begin(), kAllPorts.end()) == kAllPorts.end(),
              "a port stands in two rows: nothing could say which is meant");
static_assert(std::is_sorted(std::begin(kDirect), std::end(kDirect)));

template <typename Matches>
const StarttlsProtocol* first_that(Matches matches) noexcept {
  const auto found = std::find_if(std::begin(kProtocols), std::end(kProtocols), matches);
  return found == std::end(kProtocols) ? nullptr : found;
}

}  // namespace

std::span<const StarttlsProtocol> starttls_protocols() noexcept {
  return kProtocols;
}

const StarttlsProtocol* protocol_named(std::string_view name) noexcept {
  return first_that([&](const StarttlsProtocol& each) { return each.name == name; });
}

const StarttlsProtocol* protocol_of_port(uint16_t port) noexcept {
  return first_that([&](const StarttlsProtocol& each) {
    return std::find(each.ports.begin(), each.ports.end(), port) != each.ports.end();
  });
}

std::span<const uint16_t> direct_tls_ports() noexcept {
  return kDirect;
}

std::span<const uint16_t> tls_ports() noexcept {
  return kAllPorts;
}

}  // namespace tls::probe
