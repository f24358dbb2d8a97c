// SPDX-License-Identifier: Apache-2.0
// The answering side of a TLS 1.3 handshake, as far as a client without Finished sees it.
#pragma once

#include "tests/support/hello_builder.hpp"
#include "tests/support/probe_bytes.hpp"
#include "tls/probe/key_shares.hpp"

#include <cstdint>
#include <optional>

namespace tests {

// Answers a first flight, which may begin with a ChangeCipherSpec. Its keys are those of the
// product, which RFC 8448 and real servers prove; its records are not.
class Tls13Server {
 public:
  explicit Tls13Server(flowtable::Bytes first_flight, uint16_t suite = 0x1301);

  [[nodiscard]] uint16_t group() const noexcept { return group_; }
  // The record of a ServerHello.
  [[nodiscard]] const ByteVector& hello() const noexcept { return hello_; }
  // Of what it says after that: server_handshake_traffic_secret.
  [[nodiscard]] const tls::HashBytes& secret() const noexcept { return secret_; }
  // A sealed record; each one has the next number.
  [[nodiscard]] ByteVector sealed(uint8_t type, const ByteVector& content, size_t padding = 0);

 private:
  uint16_t group_ = 0;
  ByteVector hello_;
  tls::HashBytes secret_;
  tls::probe::RecordKeys keys_;
  uint64_t sequence_ = 0;
};

}  // namespace tests
