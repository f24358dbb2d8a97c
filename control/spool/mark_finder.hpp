// SPDX-License-Identifier: Apache-2.0
// Finds what is whole in a segment's file, whatever was done to the rest.
#pragma once

#include "control/spool/frame.hpp"
#include "control/spool/spool_file.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace control {

// Reads one file up to `limit`; borrows it.
class MarkFinder {
 public:
  MarkFinder(const SpoolFile& file, int64_t epoch, uint64_t limit);

  struct Found {
    FrameMark mark;
    uint64_t at = 0;
    // Where the next mark is due: of a head its foot, of a foot the next head.
    [[nodiscard]] uint64_t next() const noexcept;
  };
  // The first whole mark of the epoch at `offset` or behind it; a head only where all of its
  // payload is there.
  std::optional<Found> at_or_after(uint64_t offset);

  // What the head promises, where it is there and intact.
  std::optional<std::string> payload_of(const Found& head);

  [[nodiscard]] uint64_t limit() const noexcept { return limit_; }
  // How often the file could not be read.
  [[nodiscard]] uint64_t failures() const noexcept { return failures_; }

 private:
  std::optional<Found> mark_in(flowtable::Bytes bytes, uint64_t at) const;
  std::optional<Found> search(uint64_t from);
  flowtable::Bytes window_at(uint64_t offset, size_t size);

  const SpoolFile& file_;
  int64_t epoch_;
  uint64_t limit_;
  uint64_t failures_ = 0;
  std::vector<uint8_t> window_;
};

}  // namespace control
