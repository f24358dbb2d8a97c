// SPDX-License-Identifier: Apache-2.0
#include "tests/support/tls13_server.hpp"

#include "flowtable/base/check.hpp"
#include "tls/wire/client_hello.hpp"
#include "tls/wire/record_reader.hpp"

namespace tests {

using flowtable::Bytes;
namespace probe = tls::probe;

namespace {

// The ClientHello message of a flight, with its header.
Bytes client_hello_of(Bytes flight) {
  tls::RecordReader reader(flight);
  for (;;) {
    const tls::Parsed<tls::Record> record = reader.next();
    CHECK(record.ok());
    if (record.value().type == tls::ContentType::handshake) return record.value().payload;
  }
}

}  // namespace

Tls13Server::Tls13Server(Bytes first_flight, uint16_t suite) {
  const Bytes message = client_hello_of(first_flight);
  const auto hello = tls::parse_client_hello(message.subspan(4));
  CHECK(hello.ok());
  Bytes peer;
  CHECK(tls::for_each_key_share(*hello.value().extensions.find(tls::ExtensionType::key_share),
                                [&](uint16_t group, Bytes key) {
                                  group_ = group;
                                  peer = key;
                                }));
  const auto ours = probe::EphemeralKey::make(group_);
  CHECK(ours.has_value());
  ServerHelloLists lists;
  lists.cipher = suite;
  lists.extensions = {43, 51};
  lists.supported_version = 0x0304;
  lists.bodies[51] = ByteWriter().u16(group_).u16_prefixed(ours->public_key()).out();
  const ByteVector answer = tests::message(2, server_hello_body(lists));
  hello_ = records(kHandshake, answer);
  const auto shared = ours->agree(peer);
  CHECK(shared.has_value());
  probe::Transcript transcript;
  transcript.add(message);
  transcript.add(answer);
  const probe::Tls13Suite& facts = *probe::find_tls13_suite(suite);
  const tls::HashBytes secret = probe::handshake_secret(facts.hash, shared->bytes());
  secret_ = probe::handshake_traffic_secret(facts.hash, secret, probe::TrafficOf::server,
                                            transcript.digest(facts.hash));
  keys_ = probe::record_keys(facts, secret_);
}

ByteVector Tls13Server::sealed(uint8_t type, const ByteVector& content, size_t padding) {
  return seal_record({keys_, sequence_++, type, padding}, content);
}

}  // namespace tests
