// SPDX-License-Identifier: Apache-2.0
// tapseald --db: what `tapseal db` becomes.
#pragma once

#include "control/daemon/opened_memory.hpp"

#include <string>
#include <vector>

namespace control {

struct DbOptions {
  std::string verb;  // as command_table has them
  std::vector<std::string> files{};
  MemoryPlace memory{};
  bool force = false;
  bool write = false;
  bool json = false;
};

// Exit code: see control/cli/exit_code.hpp.
[[nodiscard]] int maintain_database(const DbOptions& options);

// psql on the memory, in this process's place where nothing has to be put away afterwards.
[[nodiscard]] int run_psql(const OpenedMemory& memory, bool write);

}  // namespace control
