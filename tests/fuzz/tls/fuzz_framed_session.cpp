// SPDX-License-Identifier: Apache-2.0
// tls/pipeline/record_streams: any two directions (divided as in fuzz_session) say the same with
// TDS packets around their bytes and without; and any bytes may claim to be such packets.
#include "flowtable/base/check.hpp"
#include "flowtable/handshake_capture.hpp"
#include "tests/support/tls_bytes.hpp"
#include "tls/pipeline/session_parser.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace {

using flowtable::Bytes;
using flowtable::Framing;

struct Directions {
  tests::ByteString a;
  tests::ByteString b;
};

// What can be told of a session without looking into its certificates.
struct Seen {
  bool is_tls;
  tls::MissingReason missing;
  std::optional<std::string> sni;
  std::vector<tests::ByteString> certs;
  bool operator==(const Seen&) const = default;
};

Seen read(const Directions& said, Framing framing) {
  static tls::SessionParser parser;
  static std::vector<uint8_t> buffers[2];
  flowtable::HandshakeCapture capture;
  const Bytes sides[] = {said.a, said.b};
  for (size_t side = 0; side < 2; ++side) {
    buffers[side].assign(sides[side].size() + 1, 0);
    capture.streams[side].start(buffers[side], 1);
    capture.streams[side].insert(1, sides[side]);
  }
  capture.framing = {framing, framing};
  const tls::ParsedSession session = parser.parse(capture);
  Seen out{session.is_tls, session.observation.missing, std::nullopt, {}};
  out.sni = session.observation.sni;
  for (const Bytes der : session.certs)
    out.certs.emplace_back(der.begin(), der.end());
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) return 0;
  const Bytes rest(data + 3, size - 3);
  const auto first = rest.first(std::min<size_t>(flowtable::load_be16(data), rest.size()));
  const auto second = rest.subspan(first.size());
  const Directions said{{first.begin(), first.end()}, {second.begin(), second.end()}};
  const size_t packet_bytes = 9 + data[2] * size_t{8};
  const Directions wrapped{tests::tds_packets(said.a, packet_bytes),
                           tests::tds_packets(said.b, packet_bytes)};
  CHECK(read(wrapped, Framing::tds) == read(said, Framing::none));
  (void)read(said, Framing::tds);
  return 0;
}
