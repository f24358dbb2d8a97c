// SPDX-License-Identifier: Apache-2.0
// `tapseal up`: the daemon itself.
#pragma once

#include "control/config/settings_loader.hpp"

namespace control {

// Starts the engine, answers at the control socket until SIGTERM, SIGINT or `tapseal down`, drains
// and returns the exit code. The calling thread becomes the server's and DPDK's main thread.
[[nodiscard]] int run_daemon(LoadedSettings settings);

}  // namespace control
