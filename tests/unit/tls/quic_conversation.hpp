// SPDX-License-Identifier: Apache-2.0
// QUIC conversations as a poll core would capture them, for the tests of sessions.
#pragma once

#include "tests/support/quic_builder.hpp"
#include "tls/pipeline/session_parser.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tests {

using Datagrams = std::vector<ByteVector>;

inline constexpr uint32_t kGreased = 0x1a2a3a4a;
inline const ByteVector kFirstId(8, 0x83);
inline const ByteVector kServerId(8, 0xf0);
inline const ByteVector kRetryId(10, 0xee);

[[nodiscard]] inline ByteVector part_of(const ByteVector& whole, size_t offset, size_t size) {
  const auto begin = whole.begin() + static_cast<std::ptrdiff_t>(offset);
  return {begin, begin + static_cast<std::ptrdiff_t>(size)};
}

[[nodiscard]] inline ByteVector client_hello(const std::string& sni = "www.example.org",
                                             size_t alpn_bytes = 2) {
  ClientHelloLists lists;
  lists.ciphers = {0x1301, 0x1302};
  lists.extensions = {0, 10, 13, 16, 43, 57};
  lists.groups = {29};
  lists.signature_algorithms = {0x0403};
  lists.sni = sni;
  lists.alpn = {"h3"};
  while (alpn_bytes > 200) {
    lists.alpn.emplace_back(200, 'x');
    alpn_bytes -= 200;
  }
  lists.supported_versions = {0x0304};
  ByteVector hello = message(1, client_hello_body(lists));
  hello[6] =
      static_cast<uint8_t>(std::hash<std::string>{}(sni));  // Random: others of other clients
  return hello;
}

[[nodiscard]] inline ByteVector server_hello(bool retry = false, bool psk = false) {
  ServerHelloLists lists;
  lists.cipher = 0x1301;
  lists.extensions = {43, 51};
  if (psk) lists.extensions->push_back(41);
  lists.supported_version = 0x0304;
  lists.group = retry ? 23 : 29;
  lists.hello_retry = retry;
  return message(2, server_hello_body(lists));
}

// Writes the packets of one connection.
struct Peer {
  uint32_t version = tls::kQuic1;
  ByteVector first_id = kFirstId;
  ByteVector token{};

  [[nodiscard]] ByteVector client(uint64_t number, const ByteVector& payload,
                                  const ByteVector& to = {}) const {
    return seal_initial({version, to.empty() ? first_id : to, {}, token, number, 2, payload},
                        keys_of(version, first_id, tls::QuicSide::client), 1100);
  }
  [[nodiscard]] ByteVector server(uint64_t number, const ByteVector& payload) const {
    return seal_initial({version, {}, kServerId, {}, number, 2, payload},
                        keys_of(version, first_id, tls::QuicSide::server), 40);
  }
};

class QuicConversation : public testing::Test {
 protected:
  // The client is 10.0.0.1:40000 and the server 10.0.0.2:443.
  tls::Observation read(const Datagrams& client, const Datagrams& server) {
    const flowtable::Endpoint from{flowtable::IpAddress::from_bytes(ByteVector{10, 0, 0, 1}),
                                   40000};
    const flowtable::Endpoint to{flowtable::IpAddress::from_bytes(ByteVector{10, 0, 0, 2}), 443};
    const auto ordered = flowtable::FlowKey::of(from, to, 17);
    const flowtable::Side client_at = ordered.sender;
    flowtable::HandshakeCapture capture;
    capture.kind = flowtable::CaptureKind::quic;
    capture.flow.key = ordered.key;
    capture.flow.originator = server_first ? other(client_at) : client_at;
    const std::array<ByteVector, 2> logs{datagram_log(client), datagram_log(server)};
    std::array<ByteVector, 2> buffers;
    for (const flowtable::Side side : {client_at, other(client_at)}) {
      const ByteVector& log = logs[side == client_at ? 0 : 1];
      ByteVector& buffer = buffers[side == client_at ? 0 : 1];
      buffer.resize(log.size() + 1);
      flowtable::StreamAssembler& stream = capture.streams[index_of(side)];
      stream.start(buffer, 0);
      stream.insert(0, log);
    }
    tls::ParsedSession session = parser_.parse(capture);
    is_tls = session.is_tls;
    return session.observation;
  }

  bool is_tls = false;
  bool server_first = false;

 private:
  tls::SessionParser parser_;
};

[[nodiscard]] inline std::optional<std::string> sni_of(const tls::Observation& seen) {
  return seen.sni;
}

}  // namespace tests
