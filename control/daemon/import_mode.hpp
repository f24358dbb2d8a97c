// SPDX-License-Identifier: Apache-2.0
// tapseald --import: what `tapseal import` becomes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace control {

struct ImportOptions {
  enum class Output : uint8_t {
    store,    // to the daemon at `socket`
    targets,  // open ports, one `address:port` a line
    json,     // lines as `store` takes them
  };
  std::string from;  // "masscan" or "nmap"
  std::vector<std::string> files;
  Output output = Output::store;
  std::string socket;
};

// Reads all files, then delivers. Exit code: see control/cli/exit_code.hpp.
[[nodiscard]] int import_files(const ImportOptions& options);

}  // namespace control
