// SPDX-License-Identifier: Apache-2.0
// A capture file, whatever its format, as frames.
#pragma once

#include "dataplane/capture/frame_reader.hpp"
#include "flowtable/base/result.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace dataplane {

// Why a file was not opened: `message` is one line that names the file and the mend.
enum class OpenFault : uint8_t {
  no_input,       // it is not there, or not readable, or no file
  not_a_capture,  // it is there, but no capture
};
struct OpenError {
  OpenFault fault;
  std::string message;
};

// Frames of one pcap or pcapng file, in file order, with nanosecond ticks. One thread; may block in
// read(), so never on a poll core. Movable.
class CaptureFile {
 public:
  static constexpr size_t kBurstMax = 64;

  // Opens `path`; "-" is standard input.
  [[nodiscard]] static flowtable::Result<CaptureFile, OpenError> open(const std::string& path);

  // The next frame, whose bytes stay until the next call.
  [[nodiscard]] CaptureStep next(CaptureFrame& out) noexcept {
    return reader_->next(out, Fetch::yes);
  }

  // Up to min(out.size(), kBurstMax) frames whose bytes all stay until the next call: those that
  // were read at once. Fewer than asked for: `step` says why (it is `frame` where the next one has
  // to be read first).
  [[nodiscard]] FrameBurst next_burst(std::span<CaptureFrame> out) noexcept {
    return reader_->next_burst(out.first(std::min(out.size(), kBurstMax)));
  }

  // After truncated or damaged: one line that names the file and says what was found.
  [[nodiscard]] std::string fault() const;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  CaptureFile(std::string path, std::unique_ptr<FrameReader> reader);

  std::string path_;
  std::unique_ptr<FrameReader> reader_;
};

}  // namespace dataplane
