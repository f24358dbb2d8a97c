// SPDX-License-Identifier: Apache-2.0
// The poll core's side of an exchange, with services instead of a network.
#pragma once

#include "flowtable/scan_exchange.hpp"
#include "tests/unit/tls/inquiry/services.hpp"
#include "tls/pipeline/service_report.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <vector>

namespace tests {

// One thread. Null of the world: nobody listens there.
class FakeCore {
 public:
  using World = std::function<ServicePtr(const flowtable::Endpoint&)>;

  FakeCore(flowtable::ScanExchange& exchange, World world)
      : exchange_(exchange), world_(std::move(world)) {}

  // A connection in which nothing happens for so many steps is timed out.
  void set_silence(size_t steps) noexcept { silence_steps_ = steps; }
  // The next dials find no room.
  void refuse_dials(size_t count) noexcept { dials_to_refuse_ = count; }

  // A target of its own probes is open: it says the sweep's words, or tells that it has no slot.
  void open(uint32_t job, const flowtable::Endpoint& server);
  void open_unserved(uint32_t job, const flowtable::Endpoint& server);
  void reply(const flowtable::ScanReply& reply) { replies_.push_back(reply); }
  // Event of a connection that the workers do not know.
  void tell_stray();

  // Takes what the workers want and tells what came of it; true where there was something to do.
  bool step();

  // The rings have not taken all.
  [[nodiscard]] bool has_to_tell() const noexcept { return !events_.empty() || !replies_.empty(); }
  [[nodiscard]] size_t num_open() const noexcept { return open_.size(); }
  [[nodiscard]] size_t num_dials() const noexcept { return num_dials_; }

 private:
  struct Open {
    flowtable::ScanConnection connection;
    flowtable::Endpoint server;
    uint64_t token = 0;
    uint32_t job = 0;
    ServicePtr service;
    size_t idle_steps = 0;
  };

  Open& begin(uint32_t job, const flowtable::Endpoint& server, uint64_t token);
  void greet(uint32_t slot, const ByteVector& words);
  void dial(const flowtable::ScanDial& dial);
  void obey(const flowtable::ScanOrder& order);
  void tell(const Open& of, flowtable::ScanEventKind kind, flowtable::Bytes bytes);
  void take(uint32_t slot, const Reply& reply);
  [[nodiscard]] flowtable::ScanEvent event_of(const Open& of, flowtable::ScanEventKind kind);
  bool flush();

  flowtable::ScanExchange& exchange_;
  const World world_;
  std::map<uint32_t, Open> open_;  // by slot
  std::deque<flowtable::ScanEvent> events_;
  std::deque<flowtable::ScanReply> replies_;
  uint32_t next_slot_ = 0;
  uint32_t generation_ = 0;
  size_t silence_steps_ = 3;
  size_t dials_to_refuse_ = 0;
  size_t num_dials_ = 0;
  flowtable::Tick tick_ = flowtable::tick_from_ns(1'700'000'000'000'000'000);
};

// Keeps what is delivered. One thread at a time.
class CollectingSink : public tls::ScanSink {
 public:
  void accept(tls::ScanDelivery&& delivery) override {
    for (auto& each : delivery.reports)
      reports.push_back(std::move(each));
    for (auto& each : delivery.observations)
      observations.push_back(std::move(each));
    replies.insert(replies.end(), delivery.replies.begin(), delivery.replies.end());
  }

  std::vector<tls::ServiceReport> reports;
  tls::RecordBatch observations;
  std::vector<flowtable::ScanReply> replies;
};

}  // namespace tests
