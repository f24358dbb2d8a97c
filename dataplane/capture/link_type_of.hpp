// SPDX-License-Identifier: Apache-2.0
// The link types of capture files.
#pragma once

#include "dataplane/link_type.hpp"

#include <cstdint>

namespace dataplane {

// From a LINKTYPE number as files carry it (https://www.tcpdump.org/linktypes.html). The few
// numbers that libpcap turns into other DLT numbers on this system are known by both. Numbers that
// the decoder does not know give LinkType::other, and the packets are counted as such.
[[nodiscard]] LinkType link_type_of(uint32_t number) noexcept;

}  // namespace dataplane
