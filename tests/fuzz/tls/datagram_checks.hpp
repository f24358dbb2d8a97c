// SPDX-License-Identifier: Apache-2.0
// What holds for any datagram conversation after any step.
#pragma once

#include "flowtable/base/check.hpp"
#include "tls/probe/datagram_conversation.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fuzz {

inline void check_step(const tls::probe::DatagramConversation& conversation,
                       const tls::probe::DatagramStep& step) {
  using Kind = tls::probe::DatagramStep::Kind;
  using tls::probe::Reached;
  using tls::probe::Refusal;
  const tls::probe::TlsResult& result = conversation.result();
  CHECK((step.kind == Kind::finished) == conversation.finished());
  CHECK(step.kind != Kind::send || !step.datagrams.empty());
  CHECK(step.kind != Kind::wait || step.datagrams.empty());
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

// One datagram of the server.
inline tls::probe::DatagramStep hear(tls::probe::DatagramConversation& conversation,
                                     flowtable::Bytes datagram) {
  const bool was_over = conversation.finished();
  tls::probe::DatagramStep step = conversation.heard(datagram);
  CHECK(!was_over || step.datagrams.empty());
  check_step(conversation, step);
  return step;
}

inline void end(tls::probe::DatagramConversation& conversation) {
  conversation.ended(tls::probe::PeerEnd::timed_out);
  CHECK(conversation.finished());
  check_step(conversation, {tls::probe::DatagramStep::Kind::finished, {}});
}

}  // namespace fuzz
