// SPDX-License-Identifier: Apache-2.0
// The packet that nearly all are, read in one go.
#pragma once

#include "dataplane/packet_decode.hpp"

namespace dataplane {

// TCP over IPv4 in an Ethernet frame without tag, IP option or fragment, of which all headers are
// there. Fills `out` exactly as the steps in link/ would and returns true; or returns false, with
// `out` unspecified, and leaves the frame to them: whatever is unusual or wrong is theirs to judge.
// A test holds the two against each other.
[[nodiscard]] bool decode_plain_tcp(flowtable::Bytes frame, const FrameMeta& meta,
                                    PacketView& out) noexcept;

}  // namespace dataplane
