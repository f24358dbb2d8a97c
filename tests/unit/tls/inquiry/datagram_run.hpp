// SPDX-License-Identifier: Apache-2.0
// An inquiry and a service over UDP, led from first to last without a poll core.
#pragma once

#include "tests/unit/tls/inquiry/inquiry_run.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace tests {

// One conversation.
class DatagramService {
 public:
  virtual ~DatagramService() = default;
  virtual void hear(flowtable::Bytes datagram) = 0;
  // What it says next; nullopt: nothing any more.
  virtual std::optional<ByteVector> say() = 0;
};
using DatagramServicePtr = std::unique_ptr<DatagramService>;
// Null: an ICMP error comes, or nothing.
using DatagramServiceMaker = std::function<DatagramServicePtr()>;

// When the tap saw the session for which a server is asked.
inline constexpr flowtable::Tick kSeenByTheTap = flowtable::tick_from_ns(1'690'000'000'000'000'000);

struct AskedDatagrams {
  tls::Transport transport = tls::Transport::dtls;
  flowtable::Endpoint server = endpoint_of(1, 4433);
  std::string name{};
  tls::InquiryWish wish{};
  std::optional<std::array<uint8_t, 2>> icmp{};  // of no service: type and code
  flowtable::Tick wanted_since{};
};

struct DatagramRun {
  tls::ServiceReport report;
  tls::RecordBatch observations;
  std::vector<std::vector<ByteVector>> said;  // by conversation
};

// What a core tells of UDP: flowtable/scan_exchange.hpp. Who says nothing more is timed out.
[[nodiscard]] DatagramRun ask_datagrams(const DatagramServiceMaker& service,
                                        const AskedDatagrams& asked);

}  // namespace tests
