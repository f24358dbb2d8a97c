// SPDX-License-Identifier: Apache-2.0
// An address as it is written.
#pragma once

#include "control/config/address_text.hpp"
#include "flowtable/flow_key.hpp"

#include <string_view>

namespace control {

inline flowtable::IpAddress at(std::string_view text) {
  return flowtable::IpAddress{parse_single_address(text).value()};
}

}  // namespace control
