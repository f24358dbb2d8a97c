// SPDX-License-Identifier: Apache-2.0
// A spool in a directory of its own, and what is asked of every one.
#pragma once

#include "control/spool/spool.hpp"
#include "tests/unit/spool/spool_payload.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace tests {

// Removed at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Small, and without waiting for disks: what is tested of them is not speed.
[[nodiscard]] control::Spool::Options small_spool(const std::filesystem::path& directory);
[[nodiscard]] std::unique_ptr<control::Spool> open_spool(const control::Spool::Options& options);

// What is there now, without waiting for more.
[[nodiscard]] std::vector<control::SpoolRecord> take_all(control::Spool& spool);

[[nodiscard]] control::SpoolAmount counted(const control::Spool& spool, control::SpoolFate fate);
[[nodiscard]] control::SpoolAmount waiting(const control::Spool& spool);
// appended + recovered = released + dropped_full + dropped_damaged + refused + waiting
void expect_balance(const control::Spool& spool);

// The files of segments, by name.
[[nodiscard]] std::vector<std::filesystem::path> segment_files(
    const std::filesystem::path& directory);

}  // namespace tests

namespace control {
std::ostream& operator<<(std::ostream& out, const SpoolAmount& amount);
}  // namespace control
