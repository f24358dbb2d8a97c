// SPDX-License-Identifier: Apache-2.0
// Writes segments, one at a time; whatever fails, what was written before stays whole.
#pragma once

#include "control/spool/segment_name.hpp"
#include "control/spool/spool_directory.hpp"
#include "control/spool/spool_file.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace control {

class SegmentWriter {
 public:
  explicit SegmentWriter(const SpoolDirectory& directory) : directory_(directory) {}

  [[nodiscard]] bool is_open() const noexcept { return file_.has_value(); }
  [[nodiscard]] uint64_t bytes() const noexcept { return bytes_; }  // confirmed by keep()
  [[nodiscard]] const SegmentName& name() const noexcept { return name_; }

  [[nodiscard]] OrOsError<void> begin(const SegmentName& name);
  // After an error the file is as before, or is_broken().
  [[nodiscard]] OrOsError<void> write(flowtable::Bytes frame);
  // Forces to the disk what was written. After an error nobody knows what is there, and never will:
  // the caller takes the last record back and begins another segment.
  [[nodiscard]] OrOsError<void> sync();
  // What was written last stays.
  void keep() noexcept;
  // It goes, as far as the disk lets it.
  void take_back();
  // Nothing more can be written to it.
  [[nodiscard]] bool is_broken() const noexcept { return is_broken_; }

  // Closes the file, and names it as complete; its name from now on, which is the old one where it
  // cannot be renamed.
  struct Ended {
    std::string name;
    bool ok = true;
  };
  Ended seal(const SegmentName& sealed);
  // Closes and removes it.
  [[nodiscard]] OrOsError<void> discard();

 private:
  const SpoolDirectory& directory_;
  std::optional<SpoolFile> file_;
  SegmentName name_;
  uint64_t bytes_ = 0;
  uint64_t written_ = 0;
  bool is_broken_ = false;
};

}  // namespace control
