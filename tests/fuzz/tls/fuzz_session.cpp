// SPDX-License-Identifier: Apache-2.0
// tls/pipeline/session_parser: two directions of any bytes, divided by the input's first two bytes.
#include "flowtable/base/check.hpp"
#include "flowtable/handshake_capture.hpp"
#include "tls/pipeline/session_parser.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static tls::SessionParser parser;
  if (size < 2) return 0;
  const flowtable::Bytes rest(data + 2, size - 2);
  const size_t first_bytes = std::min<size_t>(flowtable::load_be16(data), rest.size());
  std::vector<uint8_t> buffer(size + 2);
  flowtable::HandshakeCapture capture;
  const auto fill = [&](flowtable::Side side, flowtable::Bytes bytes, size_t at) {
    auto& stream = capture.streams[index_of(side)];
    stream.start(std::span(buffer).subspan(at, bytes.size() + 1), 1);
    stream.insert(1, bytes);
  };
  fill(flowtable::Side::a, rest.first(first_bytes), 0);
  fill(flowtable::Side::b, rest.subspan(first_bytes), first_bytes + 1);
  const tls::ParsedSession session = parser.parse(capture);
  CHECK(session.is_tls || !session.observation.complete());
  for (const flowtable::Bytes der : session.certs)
    CHECK(!der.empty() && der.size() <= size);
  return 0;
}
