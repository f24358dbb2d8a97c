// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/canned_servers.hpp"

#include "dataplane/scan/scan_frame.hpp"
#include "dataplane/scan/segment_writer.hpp"
#include "tests/support/certificate_builder.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace bench {

using dataplane::OwnSegment;
using dataplane::TcpFlags;
using flowtable::Bytes;
using tests::ByteVector;

namespace {

constexpr size_t kMss = 1460;
constexpr uint32_t kFirstSequence = 1000;

OwnSegment answer_to(const dataplane::PacketView& heard) {
  OwnSegment out;
  out.from = heard.key.endpoint(other(heard.sender));
  out.to = heard.key.endpoint(heard.sender);
  out.seq = heard.ack;
  out.ack = heard.seq + static_cast<uint32_t>(heard.payload.size());
  out.flags = TcpFlags::kAck;
  out.window = 0xffff;
  return out;
}

}  // namespace

void CannedServers::hear(Bytes frame, const Say& say) const {
  dataplane::ScanFrame read;
  dataplane::PacketView heard;
  if (!read_scan_frame(frame, std::nullopt, read) || read.protocol != dataplane::IpProtocol::kTcp ||
      !read_transport(read, 0, {}, heard))
    return;
  dataplane::LinkHeader link;
  link.next_hop = read.sender;
  link.ours = {2, 0, 0, 0, 0, 2};
  OwnSegment answer = answer_to(heard);
  std::array<uint8_t, 1600> room;
  const auto send = [&] { say(Bytes(room).first(write_segment(link, answer, room))); };
  if ((heard.tcp_flags & TcpFlags::kSyn) != 0) {
    answer.seq = kFirstSequence;
    ++answer.ack;
    answer.flags = TcpFlags::kSyn | TcpFlags::kAck;
    return send();
  }
  if ((heard.tcp_flags & TcpFlags::kFin) != 0) {
    ++answer.ack;
    answer.flags |= TcpFlags::kFin;
    return send();
  }
  if (heard.payload.empty() || (heard.tcp_flags & TcpFlags::kRst) != 0) return;
  const ByteVector flight = flight_(heard);
  for (Bytes rest(flight); !rest.empty(); rest = rest.subspan(answer.payload.size())) {
    answer.payload = rest.first(std::min(rest.size(), kMss));
    send();
    answer.seq += static_cast<uint32_t>(answer.payload.size());
  }
}

std::vector<ByteVector> canned_chain(uint8_t serial) {
  static const ByteVector issuer =
      tests::make_certificate({.common_name = "issuing CA", .is_ca = true}).der;
  return {tests::make_certificate({.serial = {serial}}).der, issuer};
}

ByteVector canned_tls12_flight(const std::vector<ByteVector>& chain) {
  const ByteVector key_exchange(140, 0x5a);
  return tests::records(tests::kHandshake,
                        tests::joined({tests::message(2, tests::server_hello_body({})),
                                       tests::message(11, tests::certificate_body(chain)),
                                       tests::message(12, key_exchange), tests::message(14, {})}));
}

ByteVector tls13_messages() {
  tests::ByteWriter list;
  for (const ByteVector& der : canned_chain())
    list.u24_prefixed(der).u16(0);  // no extensions
  const ByteVector certificate = tests::ByteWriter().u8(0).u24_prefixed(list.out()).out();
  return tests::joined({tests::message(8, ByteVector{0, 0}), tests::message(11, certificate)});
}

}  // namespace bench
