// SPDX-License-Identifier: Apache-2.0
// Which processes serve a cluster directory.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <vector>

namespace control {

// Processes named "postgres" whose working directory is the cluster: every process of a server
// enters it at its start and stays. Zombies are not among them.
[[nodiscard]] std::vector<pid_t> server_processes(const std::filesystem::path& cluster);

// What postmaster.pid says; nothing where it is not there or holds no number.
[[nodiscard]] std::optional<pid_t> noted_postmaster(const std::filesystem::path& cluster);

// True where `pid` is alive and certainly no server of this cluster: /proc shows it working in
// another directory. False where /proc does not tell.
[[nodiscard]] bool is_stranger(pid_t pid, const std::filesystem::path& cluster);

}  // namespace control
