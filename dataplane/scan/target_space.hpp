// SPDX-License-Identifier: Apache-2.0
// What a scan asks: addresses times ports.
#pragma once

#include "dataplane/scan/address_set.hpp"
#include "flowtable/base/result.hpp"
#include "flowtable/flow_key.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace dataplane {

enum class TargetSpaceError : uint8_t {
  nothing_allowed,  // the allow list is empty: no scan
  no_addresses,     // none asked for, or none of these allowed
  no_ports,
  too_many,  // more than TargetGroup::kCountMax
};

// Numbers every pair of an address and a port: at(0) … at(size()-1), each once. Memory grows with
// the number of ranges and ports, not with what they hold. Made once, read by all cores.
class TargetSpace {
 public:
  struct Parts {
    AddressSet asked;
    AddressSet allowed;
    AddressSet excluded;
    std::vector<uint16_t> ports;  // in any order, 0 is none
  };
  // Only what is asked, allowed and not excluded.
  [[nodiscard]] static flowtable::Result<TargetSpace, TargetSpaceError> make(const Parts& parts);

  [[nodiscard]] uint64_t size() const noexcept { return num_addresses_ * ports_.size(); }
  [[nodiscard]] uint64_t num_addresses() const noexcept { return num_addresses_; }
  [[nodiscard]] std::span<const uint16_t> ports() const noexcept { return ports_; }
  [[nodiscard]] const AddressSet& addresses() const noexcept { return addresses_; }

  // `number` < size(). Allocates nothing.
  [[nodiscard]] flowtable::Endpoint at(uint64_t number) const noexcept;
  // The other way round; nothing where `target` is none of them.
  [[nodiscard]] std::optional<uint64_t> number_of(const flowtable::Endpoint& target) const noexcept;

 private:
  TargetSpace() = default;

  AddressSet addresses_;
  std::vector<uint64_t> begins_;  // of each range, how many addresses come before it
  std::vector<uint16_t> ports_;   // sorted
  uint64_t num_addresses_ = 0;
};

}  // namespace dataplane
