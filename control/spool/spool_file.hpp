// SPDX-License-Identifier: Apache-2.0
// A file by its descriptor; every failure is a value.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "flowtable/base/result.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace control {

// errno of a call that failed.
struct OsError {
  int number = 0;

  [[nodiscard]] bool is_disk_full() const noexcept;
  [[nodiscard]] std::string text() const;
};

template <typename T>
using OrOsError = flowtable::Result<T, OsError>;

// Closes its descriptor. Reads may run in several threads at a time.
class SpoolFile {
 public:
  explicit SpoolFile(int descriptor) noexcept : descriptor_(descriptor) {}
  ~SpoolFile();
  SpoolFile(SpoolFile&& other) noexcept;
  SpoolFile& operator=(SpoolFile&& other) noexcept;
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  // As many bytes as there are, at most all of `to`.
  [[nodiscard]] OrOsError<size_t> read_at(uint64_t offset, std::span<uint8_t> to) const;
  // All of them or an error, after which any part may be there.
  [[nodiscard]] OrOsError<void> write_at(uint64_t offset, flowtable::Bytes bytes);
  [[nodiscard]] OrOsError<void> truncate(uint64_t size);
  [[nodiscard]] OrOsError<void> sync();
  [[nodiscard]] OrOsError<uint64_t> size() const;

 private:
  int descriptor_;
};

}  // namespace control
