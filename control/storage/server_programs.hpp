// SPDX-License-Identifier: Apache-2.0
// Where PostgreSQL's own programs are.
#pragma once

#include "control/storage/child_process.hpp"
#include "flowtable/base/result.hpp"

#include <string>

namespace control {

inline constexpr int kOldestMajor = 15;

// Debian keeps them outside PATH, one directory per major version.
struct ServerPrograms {
  std::string directory;  // holds initdb and postgres
  int major = 0;
};

// The newest PostgreSQL of kOldestMajor or later: in `directory` alone where that is not empty,
// else in the places where Debian and Red Hat put it, then along PATH. `major` other than 0: of
// exactly that version. `account` runs `postgres --version`. The error gives the mend.
flowtable::OrError<ServerPrograms> find_server_programs(const Account& account,
                                                        const std::string& directory,
                                                        int major = 0);

}  // namespace control
