// SPDX-License-Identifier: Apache-2.0
// UDP as the packet path sees it, datagram by datagram.
#pragma once

#include "dataplane/datagram_path.hpp"
#include "flowtable/datagram_log.hpp"
#include "tests/support/datagram_bytes.hpp"
#include "tests/support/path_under_test.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace dataplane {

using flowtable::CaptureEnd;
using flowtable::CaptureKind;
using flowtable::Endpoint;
using flowtable::FlowClass;
using tests::ByteString;
using tests::dtls_client_hello;
using tests::dtls_message;
using tests::joined;
using tests::PacketBuilder;
using tests::PathUnderTest;
using tests::quic_packet;
using tests::QuicPacket;
using tests::QuicType;
using tests::TakenCapture;
using Datagrams = std::vector<ByteString>;

inline const Endpoint kClient = tests::v4(1, 40000);
inline const Endpoint kServer = tests::v4(2, 443);

// The random of every hello that is built is the same; this makes another one.
inline ByteString with_random(ByteString hello_record, uint8_t first_byte) {
  hello_record[13 + 12 + 2] = first_byte;
  return hello_record;
}

inline ByteString dtls_hello(uint16_t message_seq = 0, const ByteString& cookie = {}) {
  return dtls_message(1, message_seq,
                      dtls_client_hello({.version = 0xfefd, .ciphers = {0xc02b}}, cookie));
}
inline ByteString dtls_server_flight() {
  return joined(
      {dtls_message(2, 0, tests::server_hello_body({.version = 0xfefd})), dtls_message(14, 1, {})});
}
inline ByteString dtls_finish() {
  return joined({tests::dtls_record({.type = 20}, ByteString{1}), tests::dtls_encrypted()});
}
inline ByteString dtls_data() {
  return tests::dtls_record({.type = 23, .epoch = 1}, ByteString(60, 0xdd));
}
inline ByteString quic_first(uint8_t id = 0xd1, size_t bytes = 1200) {
  return quic_packet({.destination_id = ByteString(8, id), .source_id = ByteString(3, id)}, bytes);
}
inline ByteString quic_answer() {
  const ByteString client_id(3, 0xd1), server_id(8, 0x5e);
  return joined({quic_packet({.destination_id = client_id, .source_id = server_id}, 120),
                 quic_packet({.type = QuicType::handshake, .destination_id = client_id}, 900)});
}
inline ByteString quic_confirm() {
  return quic_packet({.type = QuicType::handshake}, 60);
}

class Udp : public testing::Test {
 protected:
  explicit Udp(const tests::PathLimits& limits = {}, const PathOptions& options = {})
      : path_(limits, options) {}

  void client(const ByteString& bytes) { send(kClient, kServer, bytes); }
  void server(const ByteString& bytes) { send(kServer, kClient, bytes); }
  void send(const Endpoint& from, const Endpoint& to, const ByteString& bytes) {
    path_.accept(PacketBuilder(from, to).udp().payload(bytes).build());
  }
  // What ends the waiting for late datagrams of a handshake.
  void pass_grace(const ByteString& bytes) {
    for (int i = 0; i < DatagramPath::kGraceDatagrams; ++i)
      client(bytes);
  }
  TakenCapture only() {
    const std::vector<TakenCapture> taken = path_.take();
    EXPECT_EQ(taken.size(), 1u);
    return taken.empty() ? TakenCapture{} : taken.front();
  }
  static Datagrams datagrams(const ByteString& log) {
    Datagrams out;
    flowtable::DatagramReader reader(log);
    for (flowtable::Bytes datagram; reader.next(datagram);)
      out.emplace_back(datagram.begin(), datagram.end());
    return out;
  }
  uint64_t count(PathCounter name) const { return path_.count(name); }

  PathUnderTest path_;
};

}  // namespace dataplane
