// SPDX-License-Identifier: Apache-2.0
// tapseald --import d4: what `tapseal import --from d4` becomes.
#pragma once

#include "control/daemon/opened_memory.hpp"

#include <string>
#include <vector>

namespace control {

struct D4Options {
  std::vector<std::string> sources{};  // one postgresql:// address
  MemoryPlace memory{};
  std::string folder{};
  bool json = false;
};

// Exit code: see control/cli/exit_code.hpp.
[[nodiscard]] int import_d4_database(const D4Options& options);

}  // namespace control
