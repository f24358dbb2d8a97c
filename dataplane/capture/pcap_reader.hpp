// SPDX-License-Identifier: Apache-2.0
// Classic pcap files, by libpcap.
#pragma once

#include "dataplane/capture/frame_reader.hpp"
#include "flowtable/base/result.hpp"

#include <cstdio>
#include <memory>
#include <string>

struct pcap;

namespace dataplane {

// libpcap knows the dialects of this old format (byte orders, micro- and nanoseconds, the patched
// headers of three decades), so it reads them. pcapng goes to PcapngReader.
class PcapReader final : public FrameReader {
 public:
  // Takes `file`, positioned at its first byte. The error is a phrase without the file's name.
  [[nodiscard]] static flowtable::OrError<std::unique_ptr<PcapReader>> open(std::FILE* file);
  ~PcapReader() override;
  PcapReader(const PcapReader&) = delete;
  PcapReader& operator=(const PcapReader&) = delete;

  [[nodiscard]] CaptureStep next(CaptureFrame& out) noexcept override;
  [[nodiscard]] std::string fault() const override;

 private:
  PcapReader(pcap* capture, LinkType link) noexcept : capture_(capture), link_(link) {}

  pcap* capture_;
  LinkType link_;
  CaptureStep last_ = CaptureStep::frame;
};

}  // namespace dataplane
