// SPDX-License-Identifier: Apache-2.0
// The compiler's 128-bit number, which no standard names.
#pragma once

namespace dataplane {

__extension__ using Uint128 = unsigned __int128;

}  // namespace dataplane
