// SPDX-License-Identifier: Apache-2.0
// Where a dial asks for leave to send what begins something.
#pragma once

#include "flowtable/base/tick.hpp"
#include "flowtable/flow_key.hpp"

#include <cstdint>

namespace dataplane {

// One core. A slot that was given leave, or that can have none, is told by its client's start() or
// cannot_start(), and waits no longer.
class DialQueue {
 public:
  virtual ~DialQueue() = default;
  // A slot that does not wait yet.
  virtual void ask(uint32_t slot, const flowtable::IpAddress& to, flowtable::Tick now) noexcept = 0;
  virtual void withdraw(uint32_t slot) noexcept = 0;
};

}  // namespace dataplane
