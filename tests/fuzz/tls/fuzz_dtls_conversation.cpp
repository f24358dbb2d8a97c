// SPDX-License-Identifier: Apache-2.0
// A DTLS conversation of tls/probe in front of any server: the input's chunks, each behind a length
// of two bytes, are the server's datagrams.
#include "tests/fuzz/tls/datagram_checks.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const tls::probe::KeyShares shares;
  const auto conversation = tls::probe::make_dtls_conversation({tls::probe::Probe::dtls}, shares);
  flowtable::ByteReader reader(flowtable::Bytes(data, size));
  flowtable::ByteReader datagram;
  while (reader.u16_prefixed(datagram))
    (void)fuzz::hear(*conversation, datagram.rest());
  fuzz::end(*conversation);
  return 0;
}
