// SPDX-License-Identifier: Apache-2.0
// A connection to NATS JetStream, and the stream in it that records take.
#pragma once

#include "control/bus/bus_message.hpp"
#include "flowtable/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct __natsConnection;
struct __natsMsg;
struct __natsSubscription;
struct __jsCtx;

namespace control {

struct BusAddress {
  std::string url;          // nats://host:port[,nats://host:port…] or tls://…
  std::string credentials;  // file of the user's JWT and key; empty: none
  std::string ca;           // PEM file of the authorities that servers are checked with
  uint32_t replicas = 1;    // of the stream, where this side makes it
  uint64_t stream_bytes_max = uint64_t{1} << 30;  // the same; the sensors' spools grow beyond
};

// A message taken from a partition; to be stored, then acknowledged. One thread.
class BusDelivery {
 public:
  explicit BusDelivery(__natsMsg* message) noexcept : message_(message) {}
  [[nodiscard]] std::string_view bytes() const noexcept;
  // It is done with; without, the bus hands it out again after a while, perhaps to another.
  void acknowledge() noexcept;
  // It takes a while longer.
  void still_working() noexcept;

 private:
  struct Free {
    void operator()(__natsMsg* message) const noexcept;
  };
  std::unique_ptr<__natsMsg, Free> message_;
};

// Reconnects by itself, for ever, to any of the servers. Calls wait at most some seconds. One
// thread.
class BusSession {
 public:
  // Connects and makes the stream where it is not there.
  [[nodiscard]] static flowtable::OrError<std::unique_ptr<BusSession>> open(
      const BusAddress& address);
  ~BusSession();
  BusSession(const BusSession&) = delete;
  BusSession& operator=(const BusSession&) = delete;

  // Returns when the stream has it (on as many servers as it has replicas to agree).
  flowtable::OrError<void> publish(uint32_t partition, std::string_view bytes);
  // Largest message that the servers take.
  [[nodiscard]] size_t bytes_max() const noexcept;

  // What writers say of a sensor's records. Notices may be lost, and come to everyone who listens.
  flowtable::OrError<void> listen(std::string_view sensor);
  [[nodiscard]] std::optional<std::string> next_notice(std::chrono::milliseconds limit);
  void notify(std::string_view sensor, std::string_view bytes);

  // The next message of a partition, where this writer may have it: one at a time, whoever it is
  // handed to, so that a sensor's records are stored in their order.
  flowtable::OrError<std::optional<BusDelivery>> take(uint32_t partition,
                                                      std::chrono::milliseconds limit);

 private:
  struct Parts;
  explicit BusSession(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace control
