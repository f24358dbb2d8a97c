// SPDX-License-Identifier: Apache-2.0
// What of a job is asked by itself, one question after the other.
#pragma once

#include "control/scan/name_resolver.hpp"
#include "dataplane/scan/target_space.hpp"
#include "tls/pipeline/service_report.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace control {

// Numbers every question: those of the list, each at its own port or at all of the scan's, then,
// where it was asked for, DTLS and QUIC at every address of the sweep. Memory grows with the list
// alone. A position is one number, so a checkpoint is.
class ScanTargetList {
 public:
  struct Parts {
    std::vector<ResolvedTarget> targets;      // only those that may be asked
    std::vector<uint16_t> ports;              // of those without one
    const dataplane::TargetSpace* datagrams;  // asked by UDP as well; null: none. Borrowed
    bool targets_by_udp = false;              // the list's own, too
    // Of the sweep's addresses every `shards`-th, from the `shard`-th; the targets are this
    // shard's.
    uint32_t shard = 1;
    uint32_t shards = 1;
  };
  explicit ScanTargetList(Parts parts);

  [[nodiscard]] uint64_t size() const noexcept { return size_; }
  // `number` < size().
  [[nodiscard]] tls::ServiceQuestion at(uint64_t number) const;

 private:
  struct Datagram {
    uint16_t port;
    tls::Transport transport;
  };
  [[nodiscard]] static std::vector<Datagram> datagrams_on(std::span<const uint16_t> ports);
  [[nodiscard]] uint64_t num_swept() const noexcept;
  void ask_target(const ResolvedTarget& target, uint64_t which, tls::ServiceQuestion& out) const;

  Parts parts_;
  std::vector<uint64_t> begins_;            // of each target, its first question
  std::vector<Datagram> datagrams_;         // of each address of the sweep
  std::vector<Datagram> listed_datagrams_;  // of each target without a port of its own
  uint64_t listed_ = 0;
  uint64_t size_ = 0;
};

}  // namespace control
