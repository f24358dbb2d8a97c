// SPDX-License-Identifier: Apache-2.0
#include "flowtable/datagram_kind.hpp"

#include "flowtable/dtls_datagram.hpp"
#include "flowtable/quic_datagram.hpp"

namespace flowtable {
namespace {

DatagramKind kind_of_long_header(Bytes datagram, size_t wire_bytes) noexcept {
  // RFC 9000 section 14.1: a client's first datagram is at least this long; section 7.2: the id it
  // makes up for the server has at least eight bytes; section 17.2: no id has more than twenty.
  constexpr size_t kFirstBytesMin = 1200, kFirstIdBytesMin = 8, kIdBytesMax = 20;
  constexpr uint8_t kFixedBit = 0x40;
  const QuicSight sight = look_at_quic(datagram, wire_bytes);
  // A server's Retry may come before the Initial packet that it answers: each way takes its time.
  const bool is_retry = sight.retry && !sight.source_id.empty();
  if (sight.initial || is_retry) return DatagramKind::quic;
  if (!sight.long_header) return DatagramKind::other;
  const bool is_first_of_client =
      wire_bytes >= kFirstBytesMin && sight.destination_id.size() >= kFirstIdBytesMin &&
      sight.destination_id.size() <= kIdBytesMax && sight.source_id.size() <= kIdBytesMax &&
      (datagram[0] & kFixedBit) != 0;
  switch (sight.version) {
    case QuicVersion::greased:
      return is_first_of_client ? DatagramKind::quic : DatagramKind::other;
    case QuicVersion::unfollowed:
      return DatagramKind::quic_unfollowed;
    case QuicVersion::unknown:
      return is_first_of_client ? DatagramKind::quic_unfollowed : DatagramKind::other;
    default:
      // Later packets of a connection that was not seen from its start.
      return DatagramKind::other;
  }
}

}  // namespace

DatagramKind datagram_kind_of(Bytes datagram, size_t wire_bytes) noexcept {
  if (datagram.empty()) return DatagramKind::other;
  if (datagram[0] & 0x80) return kind_of_long_header(datagram, wire_bytes);
  const Bytes dtls = without_capwap(datagram);
  if (begins_dtls(dtls, wire_bytes - (datagram.size() - dtls.size()))) return DatagramKind::dtls;
  return is_google_quic(datagram) ? DatagramKind::quic_unfollowed : DatagramKind::other;
}

}  // namespace flowtable
