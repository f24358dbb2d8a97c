// SPDX-License-Identifier: Apache-2.0
// The spool's directory: its files, its lock, and how far everything in it is done with.
#pragma once

#include "control/spool/segment_name.hpp"
#include "control/spool/spool_file.hpp"
#include "control/spool/spool_point.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace control {

// What is kept beside the segments, in the file `released`.
struct SpoolProgress {
  int64_t run_epoch = 0;  // of the last run, so that no later one is called the same
  SpoolPosition done;

  friend bool operator==(const SpoolProgress&, const SpoolProgress&) = default;
};

// Holds the lock as long as it lives. Its calls may come from any thread, those of one file from
// one at a time.
class SpoolDirectory {
 public:
  [[nodiscard]] static flowtable::OrError<SpoolDirectory> open(const std::string& path);

  struct Entry {
    SegmentName name;
    uint64_t bytes = 0;
    std::chrono::system_clock::time_point written;
  };
  struct Listing {
    std::vector<Entry> segments;       // in no order
    std::vector<std::string> foreign;  // neither segments nor files of ours
  };
  [[nodiscard]] OrOsError<Listing> list() const;

  [[nodiscard]] OrOsError<SpoolFile> create(const std::string& name) const;
  [[nodiscard]] OrOsError<SpoolFile> open_to_read(const std::string& name) const;
  [[nodiscard]] OrOsError<SpoolFile> open_to_mend(const std::string& name) const;
  [[nodiscard]] OrOsError<void> rename(const std::string& from, const std::string& to) const;
  [[nodiscard]] OrOsError<void> remove(const std::string& name) const;
  // After it, what was created, renamed and removed stays so.
  [[nodiscard]] OrOsError<void> sync() const;

  // nullopt where the file is absent or damaged.
  [[nodiscard]] std::optional<SpoolProgress> read_progress() const;
  // Whole or not at all; `durable`: forced to the disk before it takes the old one's place.
  enum class Durable : uint8_t { no, yes };
  [[nodiscard]] OrOsError<void> write_progress(const SpoolProgress& progress,
                                               Durable durable) const;

 private:
  SpoolDirectory(SpoolFile directory, SpoolFile lock)
      : directory_(std::move(directory)), lock_(std::move(lock)) {}
  [[nodiscard]] OrOsError<SpoolFile> open_file(const std::string& name, int flags) const;

  SpoolFile directory_;
  SpoolFile lock_;
};

}  // namespace control
