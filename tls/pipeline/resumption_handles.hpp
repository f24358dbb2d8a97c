// SPDX-License-Identifier: Apache-2.0
// By what a session may be taken up again.
#pragma once

#include "tls/digest/digest.hpp"
#include "tls/pipeline/observation.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace tls {

// RFC 5246 section 7.4.1.2: opaque SessionID<0..32>. A copy, because its message may have been
// joined in a buffer that is used again.
struct SessionId {
  std::array<uint8_t, 32> bytes{};
  size_t size = 0;
  bool operator==(const SessionId&) const = default;
};

// What a parser takes from the messages, up to TLS 1.2. Tickets by their digest.
struct ResumptionHandles {
  SessionId session_id;                  // of the ServerHello
  std::optional<Sha256> ticket_offered;  // in the ClientHello's extension, where it is not empty
  std::optional<Sha256> ticket_given;    // in a NewSessionTicket
};

// Under what the session is remembered, or looked for, in a ResumptionCache.
struct ResumptionKeys {
  std::optional<Sha256> session_id;  // with the server, which chose it
  std::optional<Sha256> ticket_offered;
  std::optional<Sha256> ticket_given;
  std::optional<Sha256> visit;  // of TLS 1.3: who, whom, under what name
};
[[nodiscard]] ResumptionKeys resumption_keys(const Observation& seen,
                                             const ResumptionHandles& handles);

}  // namespace tls
