// SPDX-License-Identifier: Apache-2.0
// Any bytes as a frame of any link type. Input: a byte for the link type, one for how many bytes
// were cut off the wire, then the frame.
#include "dataplane/packet_decode.hpp"
#include "dataplane/plain_tcp.hpp"
#include "flowtable/base/check.hpp"

namespace {

using dataplane::DropReason;
using dataplane::LinkType;
using dataplane::PacketView;

// What is read in one go is what the steps would read: of the same packet without its Ethernet
// header, where they alone come by.
void check_plain(flowtable::Bytes frame, dataplane::FrameMeta meta) {
  constexpr size_t kEthernetBytes = 14;
  PacketView plain, steps;
  if (!decode_plain_tcp(frame, meta, plain)) return;
  meta.wire_bytes -= kEthernetBytes;
  CHECK(decode_packet(LinkType::ipv4, frame.subspan(kEthernetBytes), meta, steps) ==
        DropReason::none);
  CHECK(plain.key == steps.key && plain.hash == steps.hash && plain.sender == steps.sender);
  CHECK(plain.payload.data() == steps.payload.data());
  CHECK(plain.payload.size() == steps.payload.size());
  CHECK(plain.missing_bytes == steps.missing_bytes);
  CHECK(plain.tcp_options.size() == steps.tcp_options.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const flowtable::Bytes frame(data + 2, size - 2);
  constexpr auto kLinkTypes = static_cast<uint8_t>(LinkType::other) + 1;
  const auto link = static_cast<LinkType>(data[0] % kLinkTypes);
  dataplane::FrameMeta meta;
  meta.wire_bytes = static_cast<uint32_t>(frame.size()) + data[1];
  if (link == LinkType::ethernet) check_plain(frame, meta);
  PacketView view;
  if (decode_packet(link, frame, meta, view) != DropReason::none) return 0;

  // What it lets through is inside the frame, and its key is that of its own endpoints.
  const uint8_t* const end = frame.data() + frame.size();
  CHECK(view.payload.empty() ||
        (view.payload.data() >= frame.data() && view.payload.data() + view.payload.size() <= end));
  const uint8_t protocol = view.key.protocol();
  CHECK(protocol == 6 || protocol == 17);
  const auto again = flowtable::FlowKey::of(view.key.endpoint(view.sender),
                                            view.key.endpoint(other(view.sender)), protocol);
  CHECK(again.key == view.key);
  CHECK(view.hash == hash_flow_key(view.key, 0));
  return 0;
}
