// SPDX-License-Identifier: Apache-2.0
// tls/probe/tls_conversation in front of any server, with TLS 1.3's protection and without: the
// input's chunks become what the server says, sealed with the real keys where they ask for it,
// which random bytes never are.
#include "flowtable/base/check.hpp"
#include "tests/support/tls13_server.hpp"
#include "tls/probe/jarm.hpp"
#include "tls/probe/next_probe.hpp"
#include "tls/probe/tls_conversation.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

using flowtable::Bytes;
using tests::ByteVector;
using tls::probe::Probe;
using tls::probe::Reached;
using tls::probe::Refusal;
using tls::probe::Step;
using tls::probe::TlsConversation;
using tls::probe::TlsResult;

const tls::probe::KeyShares& shares() {
  static const tls::probe::KeyShares all;
  return all;
}

void check(const TlsConversation& conversation) {
  const TlsResult& result = conversation.result();
  CHECK(conversation.finished() || result.refusal == Refusal::none);
  CHECK((result.reached == Reached::end) ==
        (conversation.finished() && result.refusal == Refusal::none));
  CHECK(result.refusal != Refusal::alert || result.alert.has_value());
  CHECK(result.messages.size() <= 2 * tls::probe::FlightOpener::kFlightBytesMax);
  size_t bytes = 0;
  for (const std::vector<uint8_t>& der : result.certs)
    bytes += der.size();
  CHECK(result.probe == Probe::ssl2 || bytes <= result.messages.size());
  (void)tls::probe::next_probe(result);
  (void)tls::probe::other_certificate_probe(result);
}

// A chunk: what it is, a length of two bytes, and that many. 0: as it is. 1: a ServerHello of the
// server's own comes first. Others: sealed, of that content type.
void answer(TlsConversation& conversation, Bytes bytes) {
  tests::Tls13Server server(conversation.first_flight());
  flowtable::ByteReader reader(bytes);
  uint8_t kind = 0;
  flowtable::ByteReader chunk;
  while (reader.u8(kind) && reader.u16_prefixed(chunk)) {
    const ByteVector content(chunk.rest().begin(), chunk.rest().end());
    ByteVector said = content;
    if (kind == 1) said = tests::joined({server.hello(), content});
    if (kind > 1) said = server.sealed(kind, content, content.size() % 3);
    const Step step = conversation.heard(said);
    CHECK((step.kind == Step::Kind::finished) == conversation.finished());
    CHECK((step.kind == Step::Kind::send) == !step.bytes.empty());
    if (step.kind == Step::Kind::send) server = tests::Tls13Server(step.bytes);
    check(conversation);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto probe = static_cast<Probe>(data[0] % static_cast<size_t>(Probe::count_));
  if (tls::probe::carrier_of(probe) != tls::probe::Carrier::tcp) return 0;
  const Bytes rest(data + 1, size - 1);
  TlsConversation conversation({probe}, shares());
  if (tls::probe::needs_key_share(probe)) {
    answer(conversation, rest);
  } else {
    (void)conversation.heard(rest);
    check(conversation);
  }
  conversation.ended(tls::probe::PeerEnd::closed);
  CHECK(conversation.finished());
  check(conversation);
  CHECK(tls::probe::jarm_hash(tls::probe::jarm_raw(rest)).size() >= 35);
  return 0;
}
