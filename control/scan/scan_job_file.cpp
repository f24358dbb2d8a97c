// SPDX-License-Identifier: Apache-2.0
#include "control/scan/scan_job_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

constexpr std::string_view kEnding = ".json";
// A million resolved names fit many times over.
constexpr size_t kFileBytesMax = size_t{512} << 20;

class OpenFile {
 public:
  OpenFile(const std::string& path, int flags)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }

  [[nodiscard]] bool ok() const noexcept { return fd_ >= 0; }
  [[nodiscard]] bool sync() const noexcept { return ::fsync(fd_) == 0; }
  [[nodiscard]] bool write(std::string_view bytes) const noexcept {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return true;
  }

 private:
  int fd_;
};

Failure<Error> cannot(const std::string& what, const std::string& path) {
  const int error = errno;
  return Failure{Error{path + ": cannot " + what + ": " + std::strerror(error)}};
}

// "7.json" is 7; only the way in which save() writes it.
std::optional<uint32_t> id_of(const std::string& file_name) {
  uint32_t id = 0;
  const char* const end = file_name.data() + file_name.size();
  const auto parsed = std::from_chars(file_name.data(), end, id);
  if (parsed.ec != std::errc{} || id == 0) return std::nullopt;
  if (file_name != std::to_string(id) + std::string(kEnding)) return std::nullopt;
  return id;
}

std::vector<uint32_t> ids_in(const std::string& directory) {
  std::vector<uint32_t> ids;
  std::error_code error;
  std::filesystem::directory_iterator each(directory, error);
  for (; !error && each != std::filesystem::directory_iterator(); each.increment(error)) {
    const auto id = id_of(each->path().filename().string());
    if (id.has_value()) ids.push_back(*id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

OrError<std::string> read_file(const std::string& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) return cannot("be read", path);
  const auto size = static_cast<size_t>(std::max<std::streamoff>(0, in.tellg()));
  if (size > kFileBytesMax) return Failure{Error{path + ": is too large for a scan's file"}};
  std::string text(size, '\0');
  in.seekg(0);
  in.read(text.data(), static_cast<std::streamsize>(size));
  if (static_cast<size_t>(in.gcount()) != size) return cannot("be read", path);
  return text;
}

OrError<ScanJobRecord> read_job(const std::string& path, uint32_t id) {
  const OrError<std::string> text = read_file(path);
  if (!text.ok()) return Failure{text.error()};
  OrError<ScanJobRecord> record = parse_scan_job(text.value());
  std::string wrong;
  if (!record.ok())
    wrong = record.error().message;
  else if (record.value().id != id)
    wrong = "is of scan " + std::to_string(record.value().id);
  if (wrong.empty()) return record;
  return Failure{Error{path + ": " + wrong +
                       "; put a copy of it back, or move it away to give up "
                       "this scan"}};
}

}  // namespace

OrError<ScanJobFiles> ScanJobFiles::open(const std::string& directory) {
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return cannot("be made", directory);
  const OpenFile opened(directory, O_RDONLY | O_DIRECTORY);
  if (!opened.ok()) return cannot("be opened as a directory", directory);
  return ScanJobFiles(directory);
}

OrError<void> ScanJobFiles::save(const ScanJobRecord& record) const {
  const std::string path = directory_ + "/" + std::to_string(record.id) + std::string(kEnding);
  const std::string fresh = path + ".new";
  {
    const OpenFile out(fresh, O_WRONLY | O_CREAT | O_TRUNC);
    if (!out.ok()) return cannot("be written", fresh);
    if (!out.write(scan_job_text(record)) || !out.sync()) return cannot("be written", fresh);
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) return cannot("be renamed", fresh);
  const OpenFile directory(directory_, O_RDONLY | O_DIRECTORY);
  if (!directory.ok() || !directory.sync()) return cannot("be made durable", directory_);
  return {};
}

std::vector<ScanJobRecord> ScanJobFiles::load_all(std::vector<std::string>& problems) const {
  std::vector<ScanJobRecord> records;
  for (const uint32_t id : ids_in(directory_)) {
    OrError<ScanJobRecord> record =
        read_job(directory_ + "/" + std::to_string(id) + std::string(kEnding), id);
    if (record.ok())
      records.push_back(std::move(record).value());
    else
      problems.push_back(record.error().message);
  }
  return records;
}

void ScanJobFiles::remove(uint32_t id) const {
  std::error_code ignored;
  std::filesystem::remove(directory_ + "/" + std::to_string(id) + std::string(kEnding), ignored);
}

uint32_t ScanJobFiles::next_id() const {
  const std::vector<uint32_t> ids = ids_in(directory_);
  return ids.empty() ? 1 : ids.back() + 1;
}

}  // namespace control
