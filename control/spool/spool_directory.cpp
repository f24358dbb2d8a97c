// SPDX-License-Identifier: Apache-2.0
#include "control/spool/spool_directory.hpp"

#include "control/spool/frame.hpp"
#include "flowtable/base/big_endian.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <limits>
#include <memory>

namespace control {
namespace {

using flowtable::ByteReader;
using flowtable::Bytes;
using flowtable::Failure;

constexpr const char* kLock = "lock";
constexpr const char* kProgress = "released";
constexpr const char* kProgressNew = "released.new";
constexpr uint64_t kProgressMagic = 0x7461707365616c01;  // "tapseal", version 1
constexpr size_t kProgressBytes = 64;
constexpr mode_t kOwnerOnly = 0700;
constexpr mode_t kFileMode = 0600;

OsError last_error() {
  return OsError{errno};
}

std::array<uint8_t, kProgressBytes> encode(const SpoolProgress& progress) {
  const SpoolPoint& point = progress.done.point;
  const std::array<uint64_t, 7> numbers = {kProgressMagic,
                                           static_cast<uint64_t>(progress.run_epoch),
                                           static_cast<uint64_t>(progress.done.epoch),
                                           static_cast<uint64_t>(point.seq),
                                           point.sum.rows,
                                           point.sum.scan_rows,
                                           point.sum.audit_rows};
  std::array<uint8_t, kProgressBytes> bytes = {};
  size_t at = 0;
  for (const uint64_t number : numbers) {
    flowtable::store_be64(bytes.data() + at, number);
    at += sizeof number;
  }
  flowtable::store_be64(bytes.data() + at, checksum_of(Bytes(bytes).first(at)));
  return bytes;
}

std::optional<SpoolProgress> decode(Bytes bytes) {
  ByteReader reader(bytes);
  uint64_t magic = 0;
  uint64_t run_epoch = 0;
  uint64_t epoch = 0;
  uint64_t seq = 0;
  uint64_t sum = 0;
  SpoolLoad load;
  if (!reader.u64(magic) || !reader.u64(run_epoch) || !reader.u64(epoch) || !reader.u64(seq) ||
      !reader.u64(load.rows) || !reader.u64(load.scan_rows) || !reader.u64(load.audit_rows) ||
      !reader.u64(sum) || !reader.empty()) {
    return std::nullopt;
  }
  if (magic != kProgressMagic || sum != checksum_of(bytes.first(bytes.size() - sizeof sum))) {
    return std::nullopt;
  }
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max() - 1;
  if (run_epoch > kMost || epoch > run_epoch || seq > kMost) return std::nullopt;
  return SpoolProgress{static_cast<int64_t>(run_epoch),
                       {static_cast<int64_t>(epoch), {static_cast<int64_t>(seq), load}}};
}

bool is_own(std::string_view name) {
  return name == "." || name == ".." || name == kLock || name == kProgress || name == kProgressNew;
}

std::chrono::system_clock::time_point time_of(const timespec& time) {
  return std::chrono::system_clock::time_point(std::chrono::seconds(time.tv_sec) +
                                               std::chrono::nanoseconds(time.tv_nsec));
}

Failure<flowtable::Error> refusal(const std::string& path, const std::string& why) {
  return Failure{flowtable::Error{"spool directory " + path + ": " + why}};
}

}  // namespace

flowtable::OrError<SpoolDirectory> SpoolDirectory::open(const std::string& path) {
  if (mkdir(path.c_str(), kOwnerOnly) != 0 && errno != EEXIST) {
    return refusal(path, last_error().text() + "; make the directory above it, or name another");
  }
  SpoolFile directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.descriptor() < 0) return refusal(path, last_error().text());
  SpoolFile lock(
      openat(directory.descriptor(), kLock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kFileMode));
  if (lock.descriptor() < 0) return refusal(path, "its lock: " + last_error().text());
  if (flock(lock.descriptor(), LOCK_EX | LOCK_NB) != 0) {
    return refusal(path, "in use by another process; stop it, or name another directory");
  }
  return SpoolDirectory(std::move(directory), std::move(lock));
}

OrOsError<SpoolDirectory::Listing> SpoolDirectory::list() const {
  const int copy = openat(directory_.descriptor(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return Failure{last_error()};
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(copy), closedir);
  if (stream == nullptr) return Failure{last_error()};
  Listing listing;
  errno = 0;
  while (const dirent* entry = readdir(stream.get())) {
    const std::string name = entry->d_name;
    struct stat status = {};
    if (is_own(name)) continue;
    const auto segment = parse_segment_name(name);
    if (!segment || fstatat(copy, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(status.st_mode)) {
      listing.foreign.push_back(name);
    } else {
      listing.segments.push_back(
          {*segment, static_cast<uint64_t>(status.st_size), time_of(status.st_mtim)});
    }
    errno = 0;
  }
  if (errno != 0) return Failure{last_error()};
  return listing;
}

OrOsError<SpoolFile> SpoolDirectory::open_file(const std::string& name, int flags) const {
  SpoolFile file(
      openat(directory_.descriptor(), name.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, kFileMode));
  if (file.descriptor() < 0) return Failure{last_error()};
  return file;
}

OrOsError<SpoolFile> SpoolDirectory::create(const std::string& name) const {
  return open_file(name, O_RDWR | O_CREAT | O_EXCL);
}

OrOsError<SpoolFile> SpoolDirectory::open_to_read(const std::string& name) const {
  return open_file(name, O_RDONLY);
}

OrOsError<SpoolFile> SpoolDirectory::open_to_mend(const std::string& name) const {
  return open_file(name, O_RDWR);
}

OrOsError<void> SpoolDirectory::rename(const std::string& from, const std::string& to) const {
  const int at = directory_.descriptor();
  if (renameat(at, from.c_str(), at, to.c_str()) != 0) return Failure{last_error()};
  return {};
}

OrOsError<void> SpoolDirectory::remove(const std::string& name) const {
  if (unlinkat(directory_.descriptor(), name.c_str(), 0) != 0) return Failure{last_error()};
  return {};
}

OrOsError<void> SpoolDirectory::sync() const {
  if (fsync(directory_.descriptor()) != 0) return Failure{last_error()};
  return {};
}

std::optional<SpoolProgress> SpoolDirectory::read_progress() const {
  const auto file = open_to_read(kProgress);
  if (!file.ok()) return std::nullopt;
  // One byte more than it has: a longer file is damaged.
  std::array<uint8_t, kProgressBytes + 1> bytes = {};
  const auto size = file.value().read_at(0, bytes);
  if (!size.ok()) return std::nullopt;
  return decode(Bytes(bytes).first(size.value()));
}

OrOsError<void> SpoolDirectory::write_progress(const SpoolProgress& progress,
                                               Durable durable) const {
  // In place of the last but one, which is kept for that: a full disk has no room for a new file.
  auto file = open_file(kProgressNew, O_WRONLY | O_CREAT);
  if (!file.ok()) return Failure{file.error()};
  const auto bytes = encode(progress);
  if (auto done = file.value().write_at(0, bytes); !done.ok()) return done;
  if (durable == Durable::yes) {
    if (auto done = file.value().sync(); !done.ok()) return done;
  }
  const int at = directory_.descriptor();
  if (renameat2(at, kProgressNew, at, kProgress, RENAME_EXCHANGE) == 0) return {};
  // The first time, and where the file system cannot exchange.
  return rename(kProgressNew, kProgress);
}

}  // namespace control
