// SPDX-License-Identifier: Apache-2.0
// What a person asked of the scanner.
#pragma once

#include "control/ipc/command_check.hpp"
#include "flowtable/base/result.hpp"
#include "tls/pipeline/service_report.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace control {

// As the command has it, with what the settings give where it says nothing. Kept in the job's file
// as JSON of the command's arguments: one grammar for both.
struct ScanSpec {
  std::vector<std::string> targets;
  std::string list;  // a file's text; may be empty
  std::string ports;
  std::vector<std::string> exclude;
  std::vector<std::string> names;    // SNIs to ask every TLS service for, beside none
  std::vector<std::string> windows;  // beside those of the settings: both must be open
  uint32_t rate = 0;
  uint8_t attempts = 1;
  uint32_t shard = 1;  // 1 … shards
  uint32_t shards = 1;
  uint64_t seed = 0;
  int64_t fleet_scan = 0;  // of which this is one range; 0: of none
  bool adapt = false;
  bool all = false;  // tells and keeps closed, unreachable and silent targets
  bool udp = false;
  tls::InquiryWish wish;
};

struct ScanDefaults {
  uint32_t rate = 0;
  uint32_t rate_max = 0;
  uint8_t attempts = 1;
  uint64_t seed = 0;  // a new one
  std::string own_name;
};

// Of checked arguments of `scan`. Error: what the table cannot know, such as a shard 3/2.
[[nodiscard]] flowtable::OrError<ScanSpec> read_scan_spec(const Json& arguments,
                                                          const ScanDefaults& defaults);
// The arguments again, everything filled in: read_scan_spec() gives the same of them.
[[nodiscard]] Json scan_arguments(const ScanSpec& spec);
// One line for people, as it was written.
[[nodiscard]] std::string scan_text(const ScanSpec& spec);

}  // namespace control
