// SPDX-License-Identifier: Apache-2.0
// Other dialects of classic pcap files, by libpcap.
#pragma once

#include "dataplane/capture/frame_reader.hpp"
#include "dataplane/capture/input_window.hpp"
#include "flowtable/base/result.hpp"

#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>

struct pcap;

namespace dataplane {

// libpcap knows the dialects of this old format (the patched headers and versions of three
// decades), so it reads those that PcapReader does not.
class LibpcapReader final : public FrameReader {
 public:
  // The error is a phrase without the file's name.
  [[nodiscard]] static flowtable::OrError<std::unique_ptr<LibpcapReader>> open(InputWindow&& input);
  ~LibpcapReader() override;
  LibpcapReader(const LibpcapReader&) = delete;
  LibpcapReader& operator=(const LibpcapReader&) = delete;

  [[nodiscard]] CaptureStep next(CaptureFrame& out, Fetch fetch) noexcept override;
  [[nodiscard]] FrameBurst next_burst(std::span<CaptureFrame> out) noexcept override {
    return burst_of(*this, out);
  }
  [[nodiscard]] std::string fault() const override;

 private:
  explicit LibpcapReader(InputWindow&& input) : input_(std::move(input)) {}
  // What libpcap reads through: see fopencookie(3).
  static ssize_t read_window(void* reader, char* out, size_t bytes);

  InputWindow input_;  // has to stay where it is while libpcap reads
  pcap* capture_ = nullptr;
  LinkType link_ = LinkType::other;
  CaptureStep last_ = CaptureStep::frame;
};

}  // namespace dataplane
