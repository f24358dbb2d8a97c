// SPDX-License-Identifier: Apache-2.0
#include "tls/pipeline/record_streams.hpp"

#include "flowtable/tds_framing.hpp"

#include <utility>

namespace tls {

RecordStreams record_streams(const flowtable::HandshakeCapture& capture) {
  RecordStreams out;
  for (size_t side = 0; side < out.bytes.size(); ++side) {
    const flowtable::Bytes stream = capture.stream(static_cast<flowtable::Side>(side));
    out.bytes[side] = stream;
    if (capture.framing[side] != flowtable::Framing::tds) continue;
    std::vector<uint8_t> records(stream.size());
    records.resize(flowtable::unwrap_tds(stream, records));
    out.bytes[side] = records;
    // The bytes stay where they are when the vector that holds them moves.
    out.unwrapped.push_back(std::move(records));
  }
  return out;
}

}  // namespace tls
