// SPDX-License-Identifier: Apache-2.0
// What is kept of a job of the scanner, so that it outlives the daemon.
#pragma once

#include "control/scan/name_resolver.hpp"
#include "flowtable/base/result.hpp"
#include "flowtable/base/tick.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace control {

// Targets by outcome; their sum is `targets`.
struct ScanCounts {
  uint64_t targets = 0;
  uint64_t open = 0;
  uint64_t closed = 0;
  uint64_t unreachable = 0;
  uint64_t silent = 0;
  uint64_t lost_locally = 0;
  uint64_t probes = 0;  // sent for them

  ScanCounts& operator+=(const ScanCounts& other) noexcept;
  bool operator==(const ScanCounts&) const = default;
};

// Where one shard of the sweep goes on: every target before `step` has its outcome in `counts`.
struct ShardCheckpoint {
  uint64_t shard = 0;  // 0 … shards-1
  uint64_t shards = 1;
  uint64_t step = 0;
  bool finished = false;
  ScanCounts counts;

  bool operator==(const ShardCheckpoint&) const = default;
};

enum class ScanState : uint8_t {
  queued,  // another one runs
  running,
  waiting,   // for its window of time, or for a gateway
  paused,    // by somebody, or because the daemon ended
  stopped,   // by somebody
  finished,  // every target has its outcome
  failed,    // `note` says why
  count_
};
[[nodiscard]] std::string_view name_of(ScanState state) noexcept;

struct ScanJobRecord {
  uint32_t id = 0;
  uint32_t uid = 0;  // who asked
  std::string who;
  flowtable::Tick started{};
  flowtable::Tick ended{};  // epoch: not yet
  ScanState state = ScanState::queued;
  std::string note;         // what it waits for, or why it ended
  std::string arguments;    // JSON text: the arguments of `scan`, everything filled in
  std::string config_hash;  // scan_config_hash() of the settings it was begun under
  uint64_t seed = 0;        // of the order in which targets are asked
  bool resolved = false;    // names have been resolved: the next two hold
  std::vector<ResolvedTarget> targets;
  std::vector<UnresolvedName> unresolved;
  std::vector<ShardCheckpoint> shards;
  uint64_t list_position = 0;  // questions of the list before this one have their outcome
  ScanCounts list_counts;      // of these
  uint64_t tls = 0;            // services found to speak TLS so far, and different certificates
  uint64_t certificates = 0;
};

// state_dir/scans/<id>.json, one file per job. Written to a temporary file, fsync, rename, fsync of
// the directory: whenever the machine or the program dies, the old or the new text is there. One
// thread writes.
class ScanJobFiles {
 public:
  // Makes the directory where it is absent.
  [[nodiscard]] static flowtable::OrError<ScanJobFiles> open(const std::string& directory);

  [[nodiscard]] flowtable::OrError<void> save(const ScanJobRecord& record) const;
  // All that can be read, by rising id; `problems` gets a line for each that cannot, with its mend.
  [[nodiscard]] std::vector<ScanJobRecord> load_all(std::vector<std::string>& problems) const;
  // Of a job that nobody will ask for again.
  void remove(uint32_t id) const;
  // One more than the largest id that has a file, be it readable or not.
  [[nodiscard]] uint32_t next_id() const;

 private:
  explicit ScanJobFiles(std::string directory) : directory_(std::move(directory)) {}
  std::string directory_;
};

// The text of a file, and back. Error: what is wrong, and at which member. An unknown version, a
// missing or unknown member, a number out of its range and a text that is not the one that was
// written (by its SHA-256) are errors: a wrong checkpoint would leave targets out.
[[nodiscard]] std::string scan_job_text(const ScanJobRecord& record);
[[nodiscard]] flowtable::OrError<ScanJobRecord> parse_scan_job(std::string_view text);

}  // namespace control
