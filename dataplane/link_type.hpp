// SPDX-License-Identifier: Apache-2.0
// What the first byte of a frame is.
#pragma once

#include <cstdint>

namespace dataplane {

enum class LinkType : uint8_t {
  ethernet,
  raw_ip,  // IPv4 or IPv6: the first four bits tell
  other,
};

}  // namespace dataplane
