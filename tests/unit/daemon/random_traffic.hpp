// SPDX-License-Identifier: Apache-2.0
// Connections of every kind, and what can happen to them on the way. Fixed seeds.
#pragma once

#include "tests/support/datagram_bytes.hpp"
#include "tests/support/path_under_test.hpp"

#include <algorithm>
#include <random>
#include <vector>

namespace tests {

class RandomTraffic {
 public:
  explicit RandomTraffic(uint32_t seed) : random_(seed) {}

  // One connection; ports are few, so that they are used again.
  [[nodiscard]] std::vector<ByteString> connection() {
    Conversation talk(
        v4(static_cast<uint8_t>(1 + below(3)), static_cast<uint16_t>(40000 + below(40))),
        v4(200, 443), below(1u << 31), below(1u << 31));
    std::vector<ByteString> frames;
    if (chance(90)) append(frames, talk.handshake());
    const size_t segment_bytes = chance(70) ? 1400 : 40 + below(200);
    append(frames, talk.client_sends(client_words(), segment_bytes));
    if (chance(85)) append(frames, talk.server_sends(server_words(), segment_bytes));
    if (chance(30)) append(frames, talk.client_sends(client_words(), segment_bytes));
    if (chance(50))
      frames.push_back(talk.client_flags(dataplane::TcpFlags::kFin | dataplane::TcpFlags::kAck));
    if (chance(50))
      frames.push_back(talk.server_flags(dataplane::TcpFlags::kFin | dataplane::TcpFlags::kAck));
    if (chance(10)) frames.push_back(talk.server_flags(dataplane::TcpFlags::kRst));
    disturb(frames);
    return frames;
  }

  // A conversation over UDP: DTLS or QUIC, whole, unanswered, or neither.
  [[nodiscard]] std::vector<ByteString> datagrams() {
    const flowtable::Endpoint client =
        v4(static_cast<uint8_t>(1 + below(3)), static_cast<uint16_t>(30000 + below(200)));
    const flowtable::Endpoint server = v4(200, 443);
    const ByteString id(8, static_cast<uint8_t>(below(256)));
    const bool is_dtls = chance(50);
    std::vector<ByteString> frames;
    const auto say = [&](bool from_client, const ByteString& bytes) {
      frames.push_back(PacketBuilder(from_client ? client : server, from_client ? server : client)
                           .udp()
                           .payload(bytes)
                           .build());
    };
    if (chance(10)) say(true, text("neither this nor that"));
    say(true, is_dtls ? dtls_message(1, 0, dtls_client_hello({.ciphers = {0xc02b}}, {}))
                      : quic_packet({.destination_id = id, .source_id = id}, 1200));
    if (chance(60)) return frames;
    say(false, is_dtls ? dtls_message(2, 0, server_hello_body({}))
                       : quic_packet({.destination_id = id, .source_id = id}, 200));
    say(true, is_dtls ? dtls_encrypted() : quic_short_header());
    say(false, is_dtls ? dtls_encrypted() : quic_short_header());
    disturb(frames);
    return frames;
  }

  // Several connections, packets in turn.
  [[nodiscard]] std::vector<ByteString> mixture(size_t connections) {
    std::vector<std::vector<ByteString>> all;
    size_t left = 0;
    for (size_t i = 0; i < connections; ++i)
      left += all.emplace_back(chance(30) ? datagrams() : connection()).size();
    std::vector<ByteString> out;
    std::vector<size_t> next(all.size());
    while (left > 0) {
      const size_t one = below(static_cast<uint32_t>(all.size()));
      if (next[one] == all[one].size()) continue;
      out.push_back(all[one][next[one]++]);
      --left;
    }
    return out;
  }

  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }
  bool chance(uint32_t percent) { return below(100) < percent; }

 private:
  ByteString client_words() {
    switch (below(10)) {
      case 0:
        return text("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      case 1:
        return join({text("STARTTLS\r\n"), tls12_client()});
      case 2:
        return join({text("\x16\x03"), text("neither this nor that")});
      case 3:
        return join({sslv2_client_hello(), application_bytes()});
      case 4:
        return part_of(client_hello(3000), 0, 1500);
      case 5:
        return join({tls_record(22, ByteString{1, 0, 0, 2, 3, 3}), application_bytes()});
      case 6:
        return tls12_client();
      default:
        return tls13_client();
    }
  }
  ByteString server_words() {
    switch (below(8)) {
      case 0:
        return text("HTTP/1.1 200 OK\r\n\r\n");
      case 1:
        return alert(2, 40);
      case 2:
        return tls12_server(3000);
      case 3:
        return part_of(tls12_server(900), 0, 400);
      case 4:
        return tls12_server(20'000);
      case 5:
        return tls12_server(300);
      default:
        return tls13_server();
    }
  }
  void disturb(std::vector<ByteString>& frames) {
    if (frames.size() < 2) return;
    if (chance(20)) frames.erase(frames.begin() + below(static_cast<uint32_t>(frames.size())));
    if (chance(20)) frames.push_back(frames[below(static_cast<uint32_t>(frames.size()))]);
    if (chance(20)) std::shuffle(frames.begin(), frames.end(), random_);
  }

  std::mt19937 random_;
};

}  // namespace tests
