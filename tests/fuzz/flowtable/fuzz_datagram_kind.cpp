// SPDX-License-Identifier: Apache-2.0
// Any bytes as the first datagram of a conversation. Input: a byte of what the snap length has cut
// off, then the datagram.
#include "flowtable/base/check.hpp"
#include "flowtable/datagram_kind.hpp"
#include "flowtable/dtls_datagram.hpp"
#include "flowtable/quic_datagram.hpp"

#include <cstddef>
#include <cstdint>

using flowtable::Bytes;
using flowtable::DatagramKind;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const Bytes datagram(data + 1, size - 1);
  const size_t wire_bytes = datagram.size() + data[0];
  const DatagramKind kind = flowtable::datagram_kind_of(datagram, wire_bytes);
  const Bytes records = flowtable::without_capwap(datagram);
  const flowtable::DtlsSight dtls = flowtable::look_at_dtls(records);
  const flowtable::QuicSight quic = flowtable::look_at_quic(datagram, wire_bytes);
  CHECK(dtls.clear_bytes <= records.size());
  CHECK(dtls.clear == (dtls.clear_bytes > 0));
  CHECK(dtls.client_random.empty() || (dtls.client_hello && dtls.client_random.size() == 32));
  CHECK(quic.kept_bytes <= datagram.size());
  CHECK(!(quic.retry && quic.negotiation));
  // A flow that is made has something to keep of its first datagram.
  if (kind == DatagramKind::dtls) CHECK(dtls.clear);
  if (kind == DatagramKind::quic) CHECK(quic.long_header && quic.kept_bytes > 0);
  return 0;
}
