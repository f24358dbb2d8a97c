// SPDX-License-Identifier: Apache-2.0
#include "control/storage/d4/d4_files.hpp"

#include "control/storage/child_process.hpp"
#include "control/storage/stored_text.hpp"
#include "tls/digest/digest.hpp"
#include "tls/x509/pem.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

namespace control {
namespace {

constexpr size_t kFileBytesMax = size_t{1} << 20;
constexpr uint64_t kArchiveBytesMax = uint64_t{4} << 30;
constexpr size_t kArchivedMax = 1'000'000;
constexpr size_t kBlock = 512;  // of tar

// A regular file; anything else (a pipe that never ends, a device) is none.
int open_file(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  struct stat now {};
  if (file >= 0 && fstat(file, &now) == 0 && S_ISREG(now.st_mode)) return file;
  if (file >= 0) close(file);
  return -1;
}

size_t read_up_to(int file, uint8_t* out, size_t size) {
  size_t done = 0;
  while (done < size) {
    const ssize_t count = read(file, out + done, size - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    done += static_cast<size_t>(count);
  }
  return done;
}

// POSIX.1-1988 (ustar): a number is octal digits, ended by a blank or NUL.
uint64_t octal(const uint8_t* field, size_t size) {
  uint64_t out = 0;
  for (size_t i = 0; i < size && (field[i] == ' ' || (field[i] >= '0' && field[i] <= '7')); ++i)
    if (field[i] != ' ') out = out * 8 + (field[i] - '0');
  return out;
}

// The members of a tar archive that are regular files, one after the other.
class TarReader {
 public:
  explicit TarReader(int file) : file_(file) {}

  // False at the end, or where it is no tar archive any more.
  bool next(std::vector<uint8_t>& member) {
    std::array<uint8_t, kBlock> header{};
    while (read_up_to(file_, header.data(), kBlock) == kBlock && is_header(header)) {
      const uint64_t size = octal(header.data() + 124, 12);
      const bool wanted = (header[156] == '0' || header[156] == 0) && size <= kFileBytesMax;
      seen_ += kBlock + size;
      if (seen_ > kArchiveBytesMax) return false;
      member.assign(wanted ? size : 0, 0);
      if (wanted && read_up_to(file_, member.data(), size) != size) return false;
      if (!skip(wanted ? (kBlock - size % kBlock) % kBlock : (size + kBlock - 1) / kBlock * kBlock))
        return false;
      if (wanted) return true;
    }
    return false;
  }

 private:
  // The sum of its bytes, with its own field taken as blanks.
  static bool is_header(const std::array<uint8_t, kBlock>& header) {
    uint64_t sum = 0;
    for (size_t i = 0; i < kBlock; ++i)
      sum += i >= 148 && i < 156 ? ' ' : header[i];
    return sum == octal(header.data() + 148, 8) && header[0] != 0;
  }
  bool skip(uint64_t size) const {
    std::array<uint8_t, 8 * kBlock> nothing{};
    while (size > 0) {
      const size_t piece = std::min<uint64_t>(size, nothing.size());
      if (read_up_to(file_, nothing.data(), piece) != piece) return false;
      size -= piece;
    }
    return true;
  }

  int file_;
  uint64_t seen_ = 0;
};

std::optional<std::vector<uint8_t>> with_sha1(const std::string& sha1,
                                              const std::vector<uint8_t>& file) {
  if (file.empty()) return std::nullopt;
  for (std::vector<uint8_t>& der : tls::split_certificate_file(file).ders) {
    const auto digest = tls::sha1(der);
    if (digest && tls::to_hex(*digest) == sha1) return std::move(der);
  }
  return std::nullopt;
}

bool is_archive(const std::string& path) {
  return path.ends_with(".tar") || path.ends_with(".tar.gz") || path.ends_with(".tgz");
}

// "/certs/2020.tar.gz/ab/abcd.crt": the archive in it; the path itself where it is one.
std::string archive_in(const std::string& path) {
  for (size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1))
    if (is_archive(path.substr(0, end))) return path.substr(0, end);
  return is_archive(path) ? path : "";
}

}  // namespace

std::optional<std::vector<uint8_t>> D4Files::find(const std::string& sha1,
                                                  const std::vector<std::string>& paths) {
  if (!folder_.empty()) {
    if (auto der = in_file(sha1, folder_ + "/" + sha1 + ".crt")) return der;
  }
  for (const std::string& path : paths) {
    const std::string archive = archive_in(path);
    if (!archive.empty()) read_archive(archive);
    if (archive.empty()) {
      if (auto der = in_file(sha1, path)) return der;
      if (folder_.empty()) continue;
      if (auto der = in_file(sha1, folder_ + "/" + path.substr(path.rfind('/') + 1))) return der;
    }
  }
  const auto found = from_archives_.find(sha1);
  if (found == from_archives_.end()) return std::nullopt;
  return found->second;
}

std::optional<std::vector<uint8_t>> D4Files::in_file(const std::string& sha1,
                                                     const std::string& path) {
  const int file = open_file(path);
  if (file < 0) return std::nullopt;
  std::vector<uint8_t> bytes(kFileBytesMax + 1);
  bytes.resize(read_up_to(file, bytes.data(), bytes.size()));
  close(file);
  if (bytes.size() > kFileBytesMax) return std::nullopt;
  return with_sha1(sha1, bytes);
}

void D4Files::read_archive(const std::string& path) {
  if (!archives_.insert(path).second) return;
  int file = open_file(path);
  if (file < 0) return;
  std::optional<ChildProcess> unpacking;
  std::array<uint8_t, 2> magic{};
  const bool packed = pread(file, magic.data(), 2, 0) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
  if (packed) {
    close(file);
    std::array<int, 2> ends{};
    const auto account = account_of(geteuid());
    if (!account || pipe2(ends.data(), O_CLOEXEC) != 0) return;
    // What it may say of a broken archive goes the same way, behind the last good member.
    auto child =
        ChildProcess::spawn(account.value(), {{"/bin/gzip", "-dcq", "--", path}, {}, ends[1], -1});
    close(ends[1]);
    file = ends[0];
    if (child) unpacking = std::move(child).value();
  }
  TarReader tar(file);
  for (std::vector<uint8_t> member; from_archives_.size() < kArchivedMax && tar.next(member);)
    keep(member);
  close(file);
  if (!unpacking) return;
  unpacking->signal(SIGKILL);
  (void)unpacking->wait(std::chrono::seconds(5));
}

void D4Files::keep(const std::vector<uint8_t>& file) {
  if (file.empty()) return;
  for (std::vector<uint8_t>& der : tls::split_certificate_file(file).ders) {
    if (const auto digest = tls::sha1(der)) from_archives_[tls::to_hex(*digest)] = std::move(der);
  }
}

}  // namespace control
