// SPDX-License-Identifier: Apache-2.0
// tls/wire/handshake_assembler: any stream; and differentially, the same handshake bytes in one
// record and in records of a chosen size must give the same messages.
#include "flowtable/base/check.hpp"
#include "tls/wire/handshake_assembler.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace {

using tls::HandshakeAssembler;
using tls::HandshakeStep;

struct Seen {
  std::vector<std::pair<tls::HandshakeType, std::vector<uint8_t>>> messages;
  HandshakeStep last{};
  bool operator==(const Seen&) const = default;
};

Seen read_all(flowtable::Bytes stream) {
  std::vector<uint8_t> join_buffer(HandshakeAssembler::kHeaderBytes +
                                   HandshakeAssembler::kMessageBytesMax);
  HandshakeAssembler assembler(stream, join_buffer);
  Seen out;
  while (true) {
    const tls::HandshakeEvent event = assembler.next();
    out.last = event.step;
    if (event.step == HandshakeStep::message) {
      const flowtable::Bytes body = event.message.body;
      CHECK(body.size() <= HandshakeAssembler::kMessageBytesMax);
      out.messages.emplace_back(event.message.type, std::vector<uint8_t>(body.begin(), body.end()));
    } else if (event.step != HandshakeStep::alert) {
      break;
    }
  }
  CHECK(assembler.next().step == out.last);  // the last step is repeated
  return out;
}

std::vector<uint8_t> in_records(flowtable::Bytes payload, size_t payload_max) {
  constexpr uint8_t kHandshake = 22;
  std::vector<uint8_t> out;
  while (!payload.empty()) {
    const flowtable::Bytes piece = payload.first(std::min(payload.size(), payload_max));
    out.insert(out.end(), {kHandshake, 3, 3, static_cast<uint8_t>(piece.size() >> 8),
                           static_cast<uint8_t>(piece.size())});
    out.insert(out.end(), piece.begin(), piece.end());
    payload = payload.subspan(piece.size());
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static_cast<void>(read_all({data, size}));
  if (size < 2) return 0;
  constexpr size_t kRecordMax = 1 << 14;
  const size_t payload_max = 1 + data[0];
  const flowtable::Bytes payload(data + 1, std::min(size - 1, kRecordMax));
  const Seen whole = read_all(in_records(payload, kRecordMax));
  const Seen split = read_all(in_records(payload, payload_max));
  CHECK(whole == split);
  return 0;
}
