// SPDX-License-Identifier: Apache-2.0
// The places and settings of the private cluster.
#pragma once

#include "control/storage/child_process.hpp"
#include "flowtable/base/result.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace control {

struct ClusterPaths {
  std::filesystem::path state_dir;
  std::filesystem::path home;  // <state_dir>/pg: everything below belongs to the cluster's account
  std::filesystem::path cluster;  // <home>/data: there only when initdb had finished
  std::filesystem::path fresh;    // <home>/data.new: where initdb works
  std::filesystem::path log;      // <home>/postgres.log
  std::filesystem::path sockets;  // <state_dir>/run

  // `state_dir` is made where it does not exist. Refuses one whose socket path would be longer than
  // the 107 bytes of sun_path, and names that a setting cannot quote.
  static flowtable::OrError<ClusterPaths> under(const std::string& state_dir);
};

// The line that initdb's postgresql.conf gets at its end. What a user writes after it wins.
inline constexpr std::string_view kSettingsInclude =
    "\n# tapseal writes tapseal.conf anew at every start. Your own settings go below this line.\n"
    "include 'tapseal.conf'\n";

// tapseal.conf, pg_hba.conf and pg_ident.conf, written at every start because paths and accounts
// may have changed. Root, the account the cluster runs as and the one this program runs as may
// connect.
[[nodiscard]] std::vector<FileText> cluster_settings(const ClusterPaths& paths,
                                                     const std::string& cluster_account,
                                                     const std::string& own_account);

// Major version of the cluster on disk (its PG_VERSION); 0 where there is no cluster yet. A
// directory that holds something else is an error.
flowtable::OrError<int> major_on_disk(const ClusterPaths& paths);

// The last lines of the log from `offset` on, at most 20 and 4 KiB, for an error message.
[[nodiscard]] std::string log_tail(const std::filesystem::path& log, uintmax_t offset);

}  // namespace control
