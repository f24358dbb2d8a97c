// SPDX-License-Identifier: Apache-2.0
// Ctrl-C as something that can be waited for.
#pragma once

#include "control/ipc/unique_fd.hpp"

namespace control {

// Readable once SIGINT or SIGTERM came, which then end neither the program nor a line in its
// middle. Call before any other thread exists.
[[nodiscard]] UniqueFd catch_interrupt();

}  // namespace control
