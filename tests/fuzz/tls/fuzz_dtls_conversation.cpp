// SPDX-License-Identifier: Apache-2.0
// A DTLS conversation of tls/probe in front of any server: the input's chunks, each behind a length
// of two bytes, are the server's datagrams.
#include "flowtable/base/check.hpp"
#include "tls/probe/datagram_conversation.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

using flowtable::Bytes;
using tls::probe::DatagramConversation;
using tls::probe::DatagramStep;
using tls::probe::Reached;
using tls::probe::Refusal;
using tls::probe::TlsResult;

const tls::probe::KeyShares& shares() {
  static const tls::probe::KeyShares all;
  return all;
}

void check(const DatagramConversation& conversation, const DatagramStep& step) {
  const TlsResult& result = conversation.result();
  CHECK((step.kind == DatagramStep::Kind::finished) == conversation.finished());
  CHECK(step.kind != DatagramStep::Kind::send || !step.datagrams.empty());
  CHECK(step.kind != DatagramStep::Kind::wait || step.datagrams.empty());
  for (const std::vector<uint8_t>& datagram : step.datagrams)
    CHECK(!datagram.empty() && datagram.size() <= tls::probe::kDatagramBytesMax);
  CHECK(conversation.finished() || result.refusal == Refusal::none);
  CHECK((result.reached == Reached::end) ==
        (conversation.finished() && result.refusal == Refusal::none));
  CHECK(result.refusal != Refusal::alert || result.alert.has_value());
  size_t bytes = 0;
  for (const std::vector<uint8_t>& der : result.certs)
    bytes += der.size();
  CHECK(bytes <= result.messages.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto conversation = tls::probe::make_dtls_conversation({tls::probe::Probe::dtls}, shares());
  flowtable::ByteReader reader(Bytes(data, size));
  flowtable::ByteReader datagram;
  while (reader.u16_prefixed(datagram)) {
    const bool was_over = conversation->finished();
    const DatagramStep step = conversation->heard(datagram.rest());
    CHECK(!was_over || step.datagrams.empty());
    check(*conversation, step);
  }
  conversation->ended(tls::probe::PeerEnd::timed_out);
  CHECK(conversation->finished());
  check(*conversation, {DatagramStep::Kind::finished, {}});
  return 0;
}
