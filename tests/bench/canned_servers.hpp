// SPDX-License-Identifier: Apache-2.0
// Servers at every address, for a scanner that is measured.
#pragma once

#include "dataplane/packet_view.hpp"
#include "tests/support/hello_builder.hpp"

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace bench {

// Answers each SYN, whoever is asked, the first words with one flight, and FIN. Knows nothing of
// who asked before: what it says follows from the segment that it hears. One thread.
class CannedServers {
 public:
  // By the first words, and who says them to whom; empty: none.
  using Flight = std::function<tests::ByteVector(const dataplane::PacketView& first_words)>;
  explicit CannedServers(Flight flight) : flight_(std::move(flight)) {}

  // Calls say(frame) for each frame that answers `frame`, borrowed for the call.
  using Say = std::function<void(flowtable::Bytes frame)>;
  void hear(flowtable::Bytes frame, const Say& say) const;

 private:
  Flight flight_;
};

// Two: a leaf with this serial number, and its issuer, who is the same for all.
[[nodiscard]] std::vector<tests::ByteVector> canned_chain(uint8_t serial = 1);
// ServerHello, Certificate, ServerKeyExchange and ServerHelloDone of TLS 1.2.
[[nodiscard]] tests::ByteVector canned_tls12_flight(const std::vector<tests::ByteVector>& chain);
// The Certificate message of a TLS 1.3 flight with the same chain, and EncryptedExtensions before.
[[nodiscard]] tests::ByteVector tls13_messages();

}  // namespace bench
