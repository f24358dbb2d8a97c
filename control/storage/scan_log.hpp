// SPDX-License-Identifier: Apache-2.0
// The audit row of a job of the scanner.
#pragma once

#include "flowtable/base/tick.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace control {

struct ScanRow {
  uint32_t id = 0;   // the sensor's number of the job
  uint32_t uid = 0;  // who asked for it: of the process at the socket, and that user's name
  std::string who;
  flowtable::Tick started{};
  std::optional<flowtable::Tick> ended;
  std::string state;                 // one word
  std::string spec;                  // what was asked for, as JSON
  std::vector<uint8_t> config_hash;  // of the configuration it ran under
  uint32_t shard = 1;                // of `shards`, from 1
  uint32_t shards = 1;
  uint64_t targets = 0;  // to be probed in all
  uint64_t sent = 0;
  uint64_t open = 0;
  uint64_t closed = 0;
  uint64_t unreachable = 0;
  uint64_t silent = 0;
  uint64_t lost_locally = 0;
  uint64_t tls = 0;           // open ones that speak TLS
  uint64_t certificates = 0;  // different ones
};

class ScanLog {
 public:
  virtual ~ScanLog() = default;
  // The first call for a job writes its row, each later one its state, end and counts; the last
  // one stays. Any thread; does not wait.
  virtual void record(ScanRow row) = 0;
};

}  // namespace control
