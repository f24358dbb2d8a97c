// SPDX-License-Identifier: Apache-2.0
// tls/pipeline/dtls_session: any bytes as the datagrams of both directions, divided by the input's
// first two bytes; each record that can be told apart is a datagram of its own.
#include "flowtable/base/check.hpp"
#include "flowtable/datagram_log.hpp"
#include "flowtable/handshake_capture.hpp"
#include "tls/pipeline/session_parser.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

using flowtable::Bytes;

// Where the next DTLS record begins, as far as its length says.
size_t record_bytes(Bytes bytes) {
  constexpr size_t kHeaderBytes = 13;
  if (bytes.size() < kHeaderBytes) return bytes.size();
  return std::min(bytes.size(), kHeaderBytes + flowtable::load_be16(&bytes[11]));
}

void fill(flowtable::StreamAssembler& log, std::vector<uint8_t>& buffer, Bytes bytes) {
  buffer.resize(bytes.size() * 3 + 2);
  log.start(buffer, 0);
  while (!bytes.empty()) {
    const size_t length = record_bytes(bytes);
    if (!append_datagram(log, bytes.first(length))) return;
    bytes = bytes.subspan(length);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static tls::SessionParser parser;
  if (size < 2) return 0;
  const Bytes rest(data + 2, size - 2);
  const size_t first_bytes = std::min<size_t>(flowtable::load_be16(data), rest.size());
  std::vector<uint8_t> a, b;
  flowtable::HandshakeCapture capture;
  capture.kind = flowtable::CaptureKind::dtls;
  fill(capture.streams[0], a, rest.first(first_bytes));
  fill(capture.streams[1], b, rest.subspan(first_bytes));
  const tls::ParsedSession session = parser.parse(capture);
  CHECK(session.is_tls || !session.observation.complete());
  CHECK(session.observation.transport == tls::Transport::dtls);
  for (const Bytes der : session.certs)
    CHECK(!der.empty() && der.size() <= size);
  return 0;
}
