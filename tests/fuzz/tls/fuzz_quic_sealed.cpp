// SPDX-License-Identifier: Apache-2.0
// tls/pipeline/quic_session behind the protection, which random bytes never pass: the input's
// chunks become payloads of Initial packets that are sealed with the real keys. Packets in reverse
// order must tell the same.
#include "flowtable/base/check.hpp"
#include "tests/support/quic_builder.hpp"
#include "tls/pipeline/session_parser.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

using flowtable::Bytes;
using flowtable::Side;
using tests::ByteVector;
using Datagrams = std::vector<ByteVector>;

struct Conversation {
  std::array<Datagrams, 2> from;  // client, server
  bool one_id = true;             // all packets have the keys of one connection id
};

// A chunk: flags, a length of two bytes, and that many. Flags: 1 the server's, 2 in version 2,
// 4 with the keys of another connection id, 8 in Google's T051.
Conversation conversation_of(Bytes bytes) {
  constexpr size_t kPacketsMax = 24;
  const ByteVector ids[2] = {ByteVector(8, 1), ByteVector(9, 2)};
  Conversation out;
  flowtable::ByteReader reader(bytes);
  uint8_t flags = 0;
  flowtable::ByteReader chunk;
  for (uint64_t number = 0; number < kPacketsMax; ++number) {
    if (!reader.u8(flags) || !reader.u16_prefixed(chunk)) break;
    const bool by_server = (flags & 1) != 0;
    const ByteVector& id = ids[(flags & 4) != 0];
    const uint32_t version = (flags & 8) != 0 ? 0x54303531 : (flags & 2) != 0 ? tls::kQuic2 : 1;
    const ByteVector payload(chunk.rest().begin(), chunk.rest().end());
    out.one_id = out.one_id && (flags & (4 | 8 | 2)) == 0;
    out.from[by_server].push_back(tests::seal_initial(
        {version, by_server ? ByteVector{} : id, {}, {}, number, 4, payload},
        tests::keys_of(version, id, by_server ? tls::QuicSide::server : tls::QuicSide::client)));
  }
  return out;
}

tls::Observation read(const Conversation& said) {
  static tls::SessionParser parser;
  flowtable::HandshakeCapture capture;
  capture.kind = flowtable::CaptureKind::quic;
  capture.flow.originator = Side::a;
  std::array<ByteVector, 2> buffers;
  for (const size_t at : {size_t{0}, size_t{1}}) {
    const ByteVector log = tests::datagram_log(said.from[at]);
    buffers[at].resize(log.size() + 1);
    capture.streams[at].start(buffers[at], 0);
    capture.streams[at].insert(0, log);
  }
  const tls::ParsedSession session = parser.parse(capture);
  const tls::Observation& seen = session.observation;
  CHECK(session.is_tls == !(said.from[0].empty() && said.from[1].empty()));
  CHECK(!seen.complete() || (seen.hello && seen.answer));
  return seen;
}

bool may_depend_on_order(const tls::Observation& seen) {
  // The first of two differing copies wins; pieces beyond too many gaps are not kept.
  return seen.conflict || seen.missing == tls::MissingReason::gap ||
         seen.missing == tls::MissingReason::too_large;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Conversation said = conversation_of({data, size});
  const tls::Observation forwards = read(said);
  std::ranges::reverse(said.from[0]);
  std::ranges::reverse(said.from[1]);
  const tls::Observation backwards = read(said);
  if (!said.one_id || may_depend_on_order(forwards) || may_depend_on_order(backwards)) return 0;
  CHECK(forwards.hello.has_value() == backwards.hello.has_value());
  CHECK(!forwards.hello || forwards.hello->ja3.raw == backwards.hello->ja3.raw);
  CHECK(forwards.answer.has_value() == backwards.answer.has_value());
  CHECK(!forwards.answer || forwards.answer->ja3s.raw == backwards.answer->ja3s.raw);
  return 0;
}
