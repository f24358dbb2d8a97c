// SPDX-License-Identifier: Apache-2.0
// What a scan asks: addresses times ports.
#pragma once

#include "dataplane/scan/address_set.hpp"
#include "flowtable/base/result.hpp"
#include "flowtable/flow_key.hpp"

#include <algorithm>
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
  [[nodiscard]] flowtable::Endpoint at(uint64_t number) const noexcept {
    flowtable::Endpoint out;
    put(number, out);
    return out;
  }
  // The same into its place: a copy of what was just written in halves waits for them.
  void put(uint64_t number, flowtable::Endpoint& out) const noexcept {
    const uint64_t address = ports_.size() == 1 ? number : number / ports_.size();
    const size_t range = range_of(address);
    const Uint128 found = addresses_.ranges()[range].first + (address - begins_[range]);
    out.address = address_of(found);
    out.port = ports_[number - address * ports_.size()];
  }
  // The other way round; nothing where `target` is none of them.
  [[nodiscard]] std::optional<uint64_t> number_of(const flowtable::Endpoint& target) const noexcept;

 private:
  TargetSpace() = default;

  AddressSet addresses_;
  // Of the range that an address of this number is in.
  [[nodiscard]] size_t range_of(uint64_t address) const noexcept {
    const size_t part = static_cast<size_t>(address >> part_shift_);
    if (parts_[part] == parts_[part + 1]) return parts_[part];
    const auto first = begins_.begin() + parts_[part];
    const auto last = begins_.begin() + parts_[part + 1] + 1;
    return static_cast<size_t>(std::upper_bound(first, last, address) - begins_.begin()) - 1;
  }
  void make_parts();

  std::vector<uint64_t> begins_;  // of each range, how many addresses come before it
  // Of each 2^part_shift_ addresses, and of the end, the range that the first is in: so that a look
  // through thousands of ranges is one through a few.
  std::vector<uint32_t> parts_;
  int part_shift_ = 0;
  std::vector<uint16_t> ports_;  // sorted
  uint64_t num_addresses_ = 0;
};

}  // namespace dataplane
