// SPDX-License-Identifier: Apache-2.0
// Middleboxes that say yes on every port.
#pragma once

#include "flowtable/flow_key.hpp"
#include "flowtable/opening.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace tls {

// Judges addresses: kPortsMin open ports or more, the SYN-ACKs of all alike, and not one of them
// has ever said a byte. Bounded: of old addresses those are forgotten that were met least lately.
// One thread.
class FalseOpenTable {
 public:
  static constexpr size_t kPortsMin = 8;

  explicit FalseOpenTable(size_t addresses_max) : half_max_(addresses_max / 2 + 1) {}

  void opened(uint32_t job, const flowtable::Endpoint& server, const flowtable::SynFacts& syn_ack);
  void heard(uint32_t job, const flowtable::Endpoint& server);
  [[nodiscard]] bool is_false(uint32_t job, const flowtable::Endpoint& server);
  [[nodiscard]] size_t size() const noexcept { return young_.size() + old_.size(); }

 private:
  struct Key {
    uint32_t job = 0;
    flowtable::IpAddress address;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    [[nodiscard]] size_t operator()(const Key& key) const noexcept;
  };
  struct Host {
    uint64_t syn_ack = 0;  // of the first
    std::array<uint16_t, kPortsMin> ports{};
    size_t num_ports = 0;  // at most kPortsMin
    bool is_real = false;  // SYN-ACKs differ, or something was heard
  };
  using Hosts = std::unordered_map<Key, Host, KeyHash>;

  // The entry, made young; made at all where it is new.
  [[nodiscard]] Host& host_of(const Key& key);

  const size_t half_max_;
  Hosts young_;  // met since the old ones were
  Hosts old_;
};

}  // namespace tls
