// SPDX-License-Identifier: Apache-2.0
#include "dataplane/capture/capture_file.hpp"

#include "dataplane/capture/pcap_reader.hpp"
#include "dataplane/capture/pcapng_reader.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace dataplane {
namespace {

using flowtable::Failure;

// Room for one longest frame besides a usual burst (64 full Ethernet frames).
constexpr size_t kBurstBytes = kFrameBytesMax + CaptureFile::kBurstMax * 1518;
constexpr size_t kReadBytes = 1 << 18;

struct FileCloser {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using OwnedFile = std::unique_ptr<std::FILE, FileCloser>;

std::string shown(const std::string& path) {
  return path == "-" ? "standard input" : path;
}

Failure<OpenError> no_input(const std::string& path, const std::string& what) {
  return Failure{OpenError{OpenFault::no_input, shown(path) + ": " + what}};
}

Failure<OpenError> bad_data(const std::string& path, const std::string& what) {
  return Failure{OpenError{OpenFault::not_a_capture, shown(path) + ": " + what}};
}

std::string open_failure(int error_number) {
  switch (error_number) {
    case ENOENT:
      return "no such file: check the path";
    case EACCES:
      return "no permission to read it: run as a user who may, or chmod it";
    case ENOTDIR:
      return "a part of the path is not a directory: check the path";
    default:
      return std::string("cannot be opened: ") + std::strerror(error_number);
  }
}

flowtable::Result<OwnedFile, OpenError> open_file(const std::string& path) {
  OwnedFile file(path == "-" ? fdopen(dup(STDIN_FILENO), "rb") : std::fopen(path.c_str(), "rb"));
  if (!file) return no_input(path, open_failure(errno));
  struct stat status {};
  if (fstat(fileno(file.get()), &status) == 0 && S_ISDIR(status.st_mode)) {
    return no_input(
        path, "is a directory: name the capture files in it, for example " + path + "/*.pcap");
  }
  if (S_ISREG(status.st_mode)) std::setvbuf(file.get(), nullptr, _IOFBF, kReadBytes);
  return file;
}

// The first bytes of a regular file, for a message only: a pipe cannot be read twice.
std::string file_head(const std::string& path) {
  struct stat status {};
  if (path == "-" || stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  const OwnedFile file(std::fopen(path.c_str(), "rb"));
  std::array<char, 512> head{};
  return file ? std::string(head.data(), std::fread(head.data(), 1, head.size(), file.get()))
              : std::string();
}

// Says what a file is that is no capture, for the mistakes people make.
std::string not_a_capture(const std::string& path) {
  const std::string head = file_head(path);
  const auto packed = [&](const char* tool) {
    return std::string("is compressed: ") + tool + " -dc " + path + " | tapseal read -";
  };
  if (head.starts_with("\x1f\x8b")) return packed("gzip");
  if (head.starts_with("\x28\xb5\x2f\xfd")) return packed("zstd");
  if (head.starts_with("\xfd\x37zXZ")) return packed("xz");
  if (head.starts_with("BZh")) return packed("bzip2");
  const bool text = !head.empty() && std::ranges::all_of(head, [](char c) {
    return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t';
  });
  if (text) return "is a text file, not a capture: give a pcap or pcapng file";
  return "is not a capture: it begins neither like pcap nor like pcapng";
}

// Every pcapng file begins with this byte and no other format does. One byte is what can be put
// back into a pipe.
constexpr int kPcapngFirstByte = 0x0a;

}  // namespace

CaptureFile::CaptureFile(std::string path, std::unique_ptr<FrameReader> reader)
    : path_(std::move(path)), reader_(std::move(reader)), burst_bytes_(kBurstBytes) {}

flowtable::Result<CaptureFile, OpenError> CaptureFile::open(const std::string& path) {
  auto opened = open_file(path);
  if (!opened) return Failure{opened.error()};
  OwnedFile file = std::move(opened).value();
  const int first = std::getc(file.get());
  if (first == EOF && std::ferror(file.get()) != 0) return no_input(path, open_failure(errno));
  if (first == EOF) return bad_data(path, "is empty: the capture was never written, take it again");
  std::ungetc(first, file.get());

  if (first == kPcapngFirstByte) {
    auto reader = PcapngReader::open(file.release());
    if (!reader) return bad_data(path, not_a_capture(path));
    return CaptureFile(path, std::move(reader).value());
  }
  auto reader = PcapReader::open(file.release());
  if (reader) return CaptureFile(path, std::move(reader).value());
  const std::string& reason = reader.error().message;
  // libpcap reads four bytes to know the format and then the rest of the header.
  if (reason.starts_with("truncated") && reason.find("read 4 ") == std::string::npos) {
    return bad_data(path, "ends inside the header of a capture: it was cut off, take it again");
  }
  if (reason == "unknown file format" || reason.starts_with("truncated")) {
    return bad_data(path, not_a_capture(path));
  }
  return bad_data(path, reason + ": is it a pcap file?");
}

CaptureFile::Burst CaptureFile::next_burst(std::span<CaptureFrame> out) noexcept {
  Burst burst;
  size_t used = 0;
  const size_t wanted = std::min(out.size(), kBurstMax);
  // A frame may be as long as kFrameBytesMax, so the burst ends where that much is not left.
  while (burst.num_frames < wanted && burst_bytes_.size() - used >= kFrameBytesMax) {
    CaptureFrame& frame = out[burst.num_frames];
    burst.step = reader_->next(frame);
    if (burst.step != CaptureStep::frame) break;
    std::ranges::copy(frame.bytes, burst_bytes_.begin() + static_cast<ptrdiff_t>(used));
    frame.bytes = flowtable::Bytes(burst_bytes_).subspan(used, frame.bytes.size());
    used += frame.bytes.size();
    ++burst.num_frames;
  }
  return burst;
}

std::string CaptureFile::fault() const {
  return shown(path_) + ": " + reader_->fault() +
         "; what stands before that was read, copy or take the capture again for the rest";
}

}  // namespace dataplane
