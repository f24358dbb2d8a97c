// SPDX-License-Identifier: Apache-2.0
// TLS inside TDS packets (MS-TDS 2.2.3.1): read like the same records without them.
#include "tests/support/certificate_builder.hpp"
#include "tests/support/hello_builder.hpp"
#include "tests/unit/tls/capture_maker.hpp"
#include "tls/pipeline/record_streams.hpp"
#include "tls/pipeline/session_parser.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

namespace tls {
namespace {

using flowtable::Framing;
using flowtable::HandshakeCapture;
using flowtable::Side;
using tests::ByteVector;
using tests::ByteWriter;

// Packets of at most `packet_bytes` with their headers. The last one of a flight says so.
ByteVector in_packets(const ByteVector& records, size_t packet_bytes) {
  ByteWriter out;
  const size_t carried_max = packet_bytes - 8;
  for (size_t at = 0; at < records.size(); at += carried_max) {
    const size_t carried = std::min(carried_max, records.size() - at);
    const bool last = at + carried == records.size();
    out.u8(0x12).u8(last ? 1 : 0).u16(carried + 8).fill(4, 0);
    out.bytes(std::span(records).subspan(at, carried));
  }
  return out.out();
}

ByteVector database_hello() {
  tests::ClientHelloLists lists;
  lists.ciphers = {0x1301, 0xc02f};
  lists.extensions = {0, 10};
  lists.groups = {29};
  lists.sni = "db.example.org";
  return tests::records(tests::kHandshake, tests::message(1, tests::client_hello_body(lists)));
}

// A flight with a chain that takes several packets whatever their size, in records that end
// anywhere in them.
ByteVector server_flight(const std::vector<ByteVector>& chain) {
  const ByteVector flight =
      tests::joined({tests::message(2, tests::server_hello_body({})),
                     tests::message(11, tests::certificate_body(chain)), tests::message(14, {})});
  return tests::records(tests::kHandshake, flight, 1500);
}

const std::vector<ByteVector>& chain() {
  static const std::vector<ByteVector> made = [] {
    const ByteVector der = tests::make_certificate({}).der;
    return std::vector<ByteVector>{der, ByteVector(5000, 0x30), der};
  }();
  return made;
}

class FramedSession : public testing::Test {
 protected:
  HandshakeCapture& framed(const ByteVector& client, const ByteVector& server) {
    HandshakeCapture& capture = *maker_.make(client, server);
    capture.framing = {Framing::tds, Framing::tds};
    return capture;
  }
  static std::vector<ByteVector> shown(const ParsedSession& session) {
    std::vector<ByteVector> out;
    for (const flowtable::Bytes der : session.certs)
      out.emplace_back(der.begin(), der.end());
    return out;
  }

  tests::CaptureMaker maker_;
  SessionParser parser_;
};

TEST_F(FramedSession, HelloAndCertificatesOverPacketsOfAnySize) {
  const ByteVector server = server_flight(chain());
  for (const size_t packet_bytes : {9u, 11u, 37u, 512u, 1508u, 1513u, 4096u, 32767u}) {
    HandshakeCapture& capture =
        framed(in_packets(database_hello(), packet_bytes), in_packets(server, packet_bytes));
    const ParsedSession session = parser_.parse(capture);
    ASSERT_TRUE(session.is_tls) << packet_bytes;
    const Observation& seen = session.observation;
    EXPECT_EQ(seen.missing, MissingReason::none) << packet_bytes;
    ASSERT_TRUE(seen.hello && seen.answer) << packet_bytes;
    EXPECT_EQ(seen.sni, "db.example.org");
    EXPECT_EQ(seen.answer->cipher, 0xc02f);
    EXPECT_EQ(seen.client, capture.flow.key.endpoint(capture.flow.originator));
    EXPECT_EQ(shown(session), chain()) << packet_bytes;
    maker_.pool().release(capture);
  }
}

// The windows of certificates are good after the parser has read another session.
TEST_F(FramedSession, OwnsWhatItsCertificatesLieIn) {
  HandshakeCapture& first =
      framed(in_packets(database_hello(), 512), in_packets(server_flight(chain()), 512));
  ParsedSession session = parser_.parse(first);
  const ParsedSession moved = std::move(session);
  HandshakeCapture& second =
      framed(in_packets(database_hello(), 99), in_packets(server_flight({ByteVector(3, 9)}), 99));
  (void)parser_.parse(second);
  EXPECT_EQ(shown(moved), chain());
}

TEST_F(FramedSession, ACutPacketIsACutFlight) {
  ByteVector server = in_packets(server_flight(chain()), 512);
  server.resize(server.size() / 2);
  HandshakeCapture& capture = framed(in_packets(database_hello(), 512), server);
  const ParsedSession session = parser_.parse(capture);
  EXPECT_EQ(session.observation.missing, MissingReason::server_flight_cut);
  EXPECT_TRUE(session.observation.answer);
}

// One direction in packets and the other not: a server that ends TDS's framing early.
TEST_F(FramedSession, EachDirectionHasItsOwnFraming) {
  HandshakeCapture& capture =
      *maker_.make(in_packets(database_hello(), 512), server_flight(chain()));
  capture.framing[index_of(capture.flow.originator)] = Framing::tds;
  const ParsedSession session = parser_.parse(capture);
  EXPECT_EQ(session.observation.missing, MissingReason::none);
  EXPECT_EQ(shown(session), chain());
  EXPECT_EQ(record_streams(capture).unwrapped.size(), 1U);
}

// Client hello from whichever side: the speaker is told by what is in the packets.
TEST_F(FramedSession, ServerMayBeTheOriginator) {
  HandshakeCapture& capture =
      framed(in_packets(server_flight({ByteVector(99, 1)}), 64), in_packets(database_hello(), 64));
  const ParsedSession session = parser_.parse(capture);
  EXPECT_TRUE(session.observation.complete());
  EXPECT_EQ(session.observation.server, capture.flow.key.endpoint(capture.flow.originator));
}

}  // namespace
}  // namespace tls
