// SPDX-License-Identifier: Apache-2.0
// Servers at every address, for a scanner that is measured.
#pragma once

#include "dataplane/scan/segment_writer.hpp"
#include "tests/support/hello_builder.hpp"

#include <cstdint>
#include <functional>
#include <span>

namespace bench {

// Answers each SYN, whoever is asked, the first words with one flight, and FIN. Knows nothing of
// who asked before: what it says follows from the segment that it hears. One thread.
class CannedServers {
 public:
  // By the first words; empty: none.
  using Flight = std::function<tests::ByteVector(flowtable::Bytes first_words)>;
  explicit CannedServers(Flight flight) : flight_(std::move(flight)) {}

  // Calls say(frame) for each frame that answers `frame`, borrowed for the call.
  using Say = std::function<void(flowtable::Bytes frame)>;
  void hear(flowtable::Bytes frame, const Say& say) const;

 private:
  Flight flight_;
};

// ServerHello, Certificate with a chain of two, ServerKeyExchange and ServerHelloDone of TLS 1.2.
[[nodiscard]] tests::ByteVector canned_tls12_flight();
// The Certificate message of a TLS 1.3 flight with the same chain, and EncryptedExtensions before.
[[nodiscard]] tests::ByteVector tls13_messages();

}  // namespace bench
