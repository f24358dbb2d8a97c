// SPDX-License-Identifier: Apache-2.0
#include "dataplane/hello_search.hpp"

#include "flowtable/record_scan.hpp"

namespace dataplane {
namespace {

using flowtable::Bytes;
using flowtable::Flow;
using flowtable::RecordScan;

bool is_clients(Bytes hello, bool from_originator) noexcept {
  RecordScan scan;
  scan.advance(hello);
  return scan.saw_hello() ? scan.saw_client_hello() : from_originator;
}

}  // namespace

bool begins_with_client_hello(Bytes payload) noexcept {
  if (payload.empty() || !RecordScan::could_start_tls(payload)) return false;
  RecordScan scan;
  scan.advance(payload);
  return scan.saw_client_hello();
}

bool could_start_capture(Bytes first_bytes) noexcept {
  return RecordScan::could_start_tls(first_bytes);
}

std::optional<Segment> new_part(const Flow& flow, const Segment& segment) noexcept {
  const int32_t old = -seq_distance(flow.next_seq[index_of(segment.sender)], segment.seq);
  if (old <= 0) return segment;
  const auto old_bytes = static_cast<uint32_t>(old);
  if (old_bytes >= segment.payload.size()) return std::nullopt;
  Segment part = segment;
  part.seq += old_bytes;
  part.payload = segment.payload.subspan(old_bytes);
  return part;
}

std::optional<StreamStart> find_stream_start(const Flow& flow, const Segment& segment) noexcept {
  const size_t side = index_of(segment.sender);
  const bool start_known = is_start_known(flow, segment.sender);
  const bool from_originator = segment.sender == flow.originator.get();
  const bool at_start = start_known && segment.seq == flow.isn[side] + 1;
  if ((at_start || segment.payload.size() >= kHelloBytesMin) &&
      RecordScan::could_start_tls(segment.payload)) {
    return StreamStart{segment.seq, is_clients(segment.payload, from_originator)};
  }
  // What is missing may be the first of two hellos: it comes before one in the middle of a segment.
  const int32_t ahead = seq_distance(flow.next_seq[side], segment.seq);
  if (start_known && ahead > 0 && ahead <= kAheadMax) {
    return StreamStart{flow.next_seq[side], from_originator};
  }
  if (const std::optional<size_t> offset = RecordScan::find_hello(segment.payload)) {
    return StreamStart{segment.seq + static_cast<uint32_t>(*offset),
                       is_clients(segment.payload.subspan(*offset), from_originator)};
  }
  return std::nullopt;
}

}  // namespace dataplane
