// SPDX-License-Identifier: Apache-2.0
// An inquiry and a service, led from first to last without a network.
#pragma once

#include "tests/unit/tls/inquiry/services.hpp"
#include "tls/inquiry/inquiry.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tests {

struct AskedService {
  uint16_t port = 443;
  std::string name{};
  std::string_view protocol{};
  tls::InquiryWish wish{};
  tls::Transport transport = tls::Transport::tcp;
  size_t piece_bytes = 1460;  // of what is told at a time
};

struct InquiryRun {
  tls::ServiceReport report;
  tls::RecordBatch observations;
  std::vector<ByteVector> said;  // by connection: all that we said
  uint64_t num_thrown_away = 0;
};

// Asks it. A connection in which nobody has anything to say is timed out.
[[nodiscard]] InquiryRun ask(const ServiceMaker& service, const AskedService& asked);
// The same, the first connection being one that the core opened with sweep_words().
[[nodiscard]] InquiryRun sweep(const ServiceMaker& service, const AskedService& asked);

[[nodiscard]] flowtable::Endpoint endpoint_of(uint8_t last_byte, uint16_t port);

}  // namespace tests
