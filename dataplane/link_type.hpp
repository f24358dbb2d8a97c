// SPDX-License-Identifier: Apache-2.0
// What the first byte of a frame is.
#pragma once

#include <cstdint>

namespace dataplane {

enum class LinkType : uint8_t { ethernet, other };

}  // namespace dataplane
