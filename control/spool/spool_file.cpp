// SPDX-License-Identifier: Apache-2.0
#include "control/spool/spool_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace control {

using flowtable::Failure;

bool OsError::is_disk_full() const noexcept {
  return number == ENOSPC || number == EDQUOT;
}

std::string OsError::text() const {
  return std::generic_category().message(number);
}

SpoolFile::~SpoolFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

SpoolFile::SpoolFile(SpoolFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

SpoolFile& SpoolFile::operator=(SpoolFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

OrOsError<size_t> SpoolFile::read_at(uint64_t offset, std::span<uint8_t> to) const {
  size_t done = 0;
  while (done < to.size()) {
    const ssize_t got =
        pread(descriptor_, to.data() + done, to.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failure{OsError{errno}};
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

OrOsError<void> SpoolFile::write_at(uint64_t offset, flowtable::Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t put = pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return Failure{OsError{errno}};
    bytes = bytes.subspan(static_cast<size_t>(put));
    offset += static_cast<uint64_t>(put);
  }
  return {};
}

OrOsError<void> SpoolFile::truncate(uint64_t size) {
  while (ftruncate(descriptor_, static_cast<off_t>(size)) != 0) {
    if (errno != EINTR) return Failure{OsError{errno}};
  }
  return {};
}

OrOsError<void> SpoolFile::sync() {
  // Never again after an error, EINTR apart: a second call may say yes to what was lost.
  while (fdatasync(descriptor_) != 0) {
    if (errno != EINTR) return Failure{OsError{errno}};
  }
  return {};
}

OrOsError<uint64_t> SpoolFile::size() const {
  struct stat status = {};
  if (fstat(descriptor_, &status) != 0) return Failure{OsError{errno}};
  return static_cast<uint64_t>(status.st_size);
}

}  // namespace control
