// SPDX-License-Identifier: Apache-2.0
#include "dataplane/hello_search.hpp"

#include "flowtable/stream_scan.hpp"

namespace dataplane {
namespace {

using flowtable::Bytes;
using flowtable::Flow;
using flowtable::RecordScan;
using flowtable::StreamScan;
using flowtable::TdsHeader;

bool is_clients(Bytes hello, bool from_originator) noexcept {
  StreamScan scan;
  scan.advance(hello);
  return scan.saw_client_hello() || (!scan.saw_server_hello() && from_originator);
}

// A hello in the middle of a segment may have the header of its TDS packet before it.
size_t start_of_framing(Bytes payload, size_t hello) noexcept {
  if (hello < TdsHeader::kBytes) return hello;
  const size_t header = hello - TdsHeader::kBytes;
  return flowtable::TdsScan::could_start_tls(payload.subspan(header)) ? header : hello;
}

}  // namespace

bool begins_with_client_hello(Bytes payload) noexcept {
  if (payload.empty() || !RecordScan::could_start_tls(payload)) return false;
  RecordScan scan;
  scan.advance(payload);
  return scan.saw_client_hello();
}

bool cut_to_new_part(const Flow& flow, Segment& segment) noexcept {
  const int32_t old = -seq_distance(flow.next_seq[index_of(segment.sender)], segment.seq);
  if (old <= 0) return true;
  const auto old_bytes = static_cast<uint32_t>(old);
  if (old_bytes >= segment.payload.size()) return false;
  segment.seq += old_bytes;
  segment.payload = segment.payload.subspan(old_bytes);
  return true;
}

bool find_stream_start(const Flow& flow, const Segment& segment, bool may_be_ssh,
                       StreamStart& out) noexcept {
  const size_t side = index_of(segment.sender);
  const bool start_known = is_start_known(flow, segment.sender);
  const bool from_originator = segment.sender == flow.originator();
  const bool at_start = start_known && segment.seq == flow.details().isn[side] + 1;
  // What is missing may be the first of two hellos, or the words before this one.
  const int32_t ahead = seq_distance(flow.next_seq[side], segment.seq);
  if (start_known && ahead > 0 && ahead <= kAheadMax) {
    const bool is_hello = StreamScan::could_start(segment.payload, may_be_ssh);
    out.seq = flow.next_seq[side];
    out.client = is_hello ? is_clients(segment.payload, from_originator) : from_originator;
    return true;
  }
  if ((at_start || segment.payload.size() >= kHelloBytesMin) &&
      StreamScan::could_start(segment.payload, may_be_ssh)) {
    out.seq = segment.seq;
    out.client = is_clients(segment.payload, from_originator);
    return true;
  }
  // It may have come before the hello that it refuses. What it ends is told by the other side.
  if (RecordScan::begins_with_alert(segment.payload)) {
    out.seq = segment.seq;
    out.client = false;
    return true;
  }
  const std::optional<size_t> offset = find_hello_among_words(segment.payload);
  if (!offset.has_value()) return false;
  out.seq = segment.seq + static_cast<uint32_t>(*offset);
  out.client = is_clients(segment.payload.subspan(*offset), from_originator);
  return true;
}

std::optional<size_t> find_hello_among_words(Bytes words) noexcept {
  const std::optional<size_t> hello = RecordScan::find_hello(words);
  if (!hello.has_value()) return std::nullopt;
  return start_of_framing(words, *hello);
}

}  // namespace dataplane
