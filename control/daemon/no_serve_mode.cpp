// SPDX-License-Identifier: Apache-2.0
// Stands in for serve_mode.cpp where the build has no DPDK.
#include "control/cli/exit_code.hpp"
#include "control/daemon/serve_mode.hpp"

#include <cstdio>

namespace control {

int run_daemon(LoadedSettings) {
  std::fputs(
      "tapseald: this build reads capture files only; build with -Ddpdk=enabled for live "
      "capture\n",
      stderr);
  return static_cast<int>(ExitCode::failed);
}

}  // namespace control
