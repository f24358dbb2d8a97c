// SPDX-License-Identifier: Apache-2.0
#include "dataplane/capture/capture_file.hpp"

#include "dataplane/capture/libpcap_reader.hpp"
#include "dataplane/capture/pcap_reader.hpp"
#include "dataplane/capture/pcapng_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

namespace dataplane {
namespace {

using flowtable::Failure;

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

flowtable::Result<InputWindow, OpenError> open_input(const std::string& path) {
  const int descriptor = path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return no_input(path, open_failure(errno));
  InputWindow input(descriptor);
  struct stat status {};
  if (fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
    return no_input(
        path, "is a directory: name the capture files in it, for example " + path + "/*.pcap");
  }
  return input;
}

// The first bytes of a regular file, for a message only: a pipe cannot be read twice.
std::string file_head(const std::string& path) {
  struct stat status {};
  if (path == "-" || stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  std::ifstream file(path, std::ios::binary);
  std::string head(512, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<size_t>(file.gcount()));
  return head;
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

// Every pcapng file begins with this byte and no other format does.
constexpr uint8_t kPcapngFirstByte = 0x0a;

flowtable::Result<std::unique_ptr<FrameReader>, OpenError> open_dialect(const std::string& path,
                                                                        InputWindow&& input) {
  auto reader = LibpcapReader::open(std::move(input));
  if (reader) return std::unique_ptr<FrameReader>(std::move(reader).value());
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

}  // namespace

CaptureFile::CaptureFile(std::string path, std::unique_ptr<FrameReader> reader)
    : path_(std::move(path)), reader_(std::move(reader)) {}

flowtable::Result<CaptureFile, OpenError> CaptureFile::open(const std::string& path) {
  auto opened = open_input(path);
  if (!opened) return Failure{opened.error()};
  InputWindow input = std::move(opened).value();
  if (!input.fetch(1)) {
    if (input.failed()) return no_input(path, open_failure(input.error_number()));
    return bad_data(path, "is empty: the capture was never written, take it again");
  }
  if (input.there().front() == kPcapngFirstByte) {
    auto reader = PcapngReader::open(std::move(input));
    if (!reader) return bad_data(path, not_a_capture(path));
    return CaptureFile(path, std::move(reader).value());
  }
  if (auto reader = PcapReader::open(input)) return CaptureFile(path, std::move(reader));
  auto reader = open_dialect(path, std::move(input));
  if (!reader) return Failure{reader.error()};
  return CaptureFile(path, std::move(reader).value());
}

std::string CaptureFile::fault() const {
  return shown(path_) + ": " + reader_->fault() +
         "; what stands before that was read, copy or take the capture again for the rest";
}

}  // namespace dataplane
