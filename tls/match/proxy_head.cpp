// SPDX-License-Identifier: Apache-2.0
#include "tls/match/proxy_head.hpp"

#include <algorithm>
#include <iterator>

namespace tls {
namespace {

using flowtable::ByteReader;
using flowtable::Bytes;

constexpr uint8_t kLineEnd[] = {'\r', '\n'};
constexpr uint8_t kHeadEnd[] = {'\r', '\n', '\r', '\n'};

std::optional<size_t> end_of(Bytes bytes, Bytes mark) noexcept {
  const auto found = std::search(bytes.begin(), bytes.end(), mark.begin(), mark.end());
  if (found == bytes.end()) return std::nullopt;
  return static_cast<size_t>(found - bytes.begin()) + mark.size();
}

// The number behind the last colon of "CONNECT host:port HTTP/1.1".
uint16_t port_of_request(Bytes line) noexcept {
  constexpr size_t kMethodBytes = 8;  // "CONNECT "
  if (line.size() < kMethodBytes) return 0;
  const auto authority = line.begin() + kMethodBytes;
  const auto end = std::find(authority, line.end(), ' ');
  auto at = end;
  while (at != authority && *std::prev(at) != ':')
    --at;
  if (at == authority || end == line.end()) return 0;
  uint32_t port = 0;
  for (; at != end && port <= UINT16_MAX; ++at) {
    if (*at < '0' || *at > '9') return 0;
    port = port * 10 + (*at - '0');
  }
  return port <= UINT16_MAX ? static_cast<uint16_t>(port) : uint16_t{0};
}

ProxyHead read_http_connect(Bytes client, Bytes server) noexcept {
  return {end_of(client, kHeadEnd), end_of(server, kHeadEnd), port_of_request(client)};
}

bool skip_text(ByteReader& reader) noexcept {
  const Bytes rest = reader.rest();
  const auto end = std::find(rest.begin(), rest.end(), uint8_t{0});
  return end != rest.end() && reader.skip(static_cast<size_t>(end - rest.begin()) + 1);
}

// Version, command, port, address, user id; in SOCKS 4A a name where the address is 0.0.0.x.
ProxyHead read_socks4(Bytes client, Bytes server) noexcept {
  constexpr size_t kAnswerBytes = 8;
  ProxyHead head;
  if (server.size() >= kAnswerBytes) head.server_bytes = kAnswerBytes;
  ByteReader reader(client);
  uint32_t address = 0;
  if (!reader.skip(2) || !reader.u16(head.port) || !reader.u32(address)) return head;
  const bool named = address != 0 && address <= 0xff;
  if (!skip_text(reader) || (named && !skip_text(reader))) return head;
  head.client_bytes = client.size() - reader.size();
  return head;
}

// RFC 1928 section 5.
bool skip_address(ByteReader& reader) noexcept {
  uint8_t type = 0;
  ByteReader name;
  if (!reader.u8(type)) return false;
  switch (type) {
    case 1:
      return reader.skip(4);
    case 3:
      return reader.u8_prefixed(name);
    case 4:
      return reader.skip(16);
    default:
      return false;
  }
}

// RFC 1928 section 3, RFC 1929 where it was asked for, RFC 1928 section 4.
bool read_socks5_client(ByteReader& reader, uint16_t& port) noexcept {
  uint8_t version = 0;
  ByteReader field;
  if (!reader.skip(1) || !reader.u8_prefixed(field) || !reader.u8(version)) return false;
  if (version == 1) {
    if (!reader.u8_prefixed(field) || !reader.u8_prefixed(field) || !reader.u8(version)) {
      return false;
    }
  }
  return version == 5 && reader.skip(2) && skip_address(reader) && reader.u16(port);
}

bool skip_socks5_server(ByteReader& reader) noexcept {
  uint8_t method = 0;
  if (!reader.skip(1) || !reader.u8(method)) return false;
  constexpr uint8_t kUserAndPassword = 2;
  if (method == kUserAndPassword && !reader.skip(2)) return false;
  return reader.skip(3) && skip_address(reader) && reader.skip(2);
}

ProxyHead read_socks5(Bytes client, Bytes server) noexcept {
  ProxyHead head;
  ByteReader from_client(client);
  ByteReader from_server(server);
  if (read_socks5_client(from_client, head.port)) {
    head.client_bytes = client.size() - from_client.size();
  }
  if (skip_socks5_server(from_server)) head.server_bytes = server.size() - from_server.size();
  return head;
}

// Only the client's side says it. The port is the one that this connection goes to anyway.
ProxyHead read_proxy_line(Bytes client) noexcept {
  constexpr size_t kSignatureBytes = 12;
  ProxyHead head;
  head.server_bytes = 0;
  if (!client.empty() && client[0] == 'P') {
    head.client_bytes = end_of(client, kLineEnd);
    return head;
  }
  ByteReader reader(client);
  ByteReader addresses;
  if (reader.skip(kSignatureBytes + 2) && reader.u16_prefixed(addresses)) {
    head.client_bytes = client.size() - reader.size();
  }
  return head;
}

}  // namespace

ProxyHead read_proxy_head(std::string_view proxy, Bytes client, Bytes server) noexcept {
  if (proxy == "http-connect") return read_http_connect(client, server);
  if (proxy == "socks4") return read_socks4(client, server);
  if (proxy == "socks5") return read_socks5(client, server);
  if (proxy == "proxy") return read_proxy_line(client);
  return {};
}

}  // namespace tls
