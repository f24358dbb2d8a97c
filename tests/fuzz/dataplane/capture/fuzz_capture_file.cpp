// SPDX-License-Identifier: Apache-2.0
// Any bytes as a capture file of either format: frames stay within their limits, and reading ends.
#include "dataplane/capture/libpcap_reader.hpp"
#include "dataplane/capture/pcap_reader.hpp"
#include "dataplane/capture/pcapng_reader.hpp"
#include "flowtable/base/check.hpp"

#include <sys/mman.h>
#include <unistd.h>

namespace {

using dataplane::Fetch;

// The bytes as a file that can be read once.
dataplane::InputWindow window_of(const uint8_t* bytes, size_t size) {
  const int file = memfd_create("fuzz", MFD_CLOEXEC);
  CHECK(file >= 0);
  CHECK(write(file, bytes, size) == static_cast<ssize_t>(size));
  CHECK(lseek(file, 0, SEEK_SET) == 0);
  return dataplane::InputWindow(file);
}

void read_all(dataplane::FrameReader& reader, size_t size) {
  dataplane::CaptureFrame frame;
  size_t total = 0;
  uint8_t sum = 0;
  dataplane::CaptureStep step;
  while ((step = reader.next(frame, Fetch::yes)) == dataplane::CaptureStep::frame) {
    CHECK(frame.wire_bytes >= frame.bytes.size());
    CHECK(frame.bytes.size() <= dataplane::kFrameBytesMax);
    total += frame.bytes.size();
    for (const uint8_t byte : frame.bytes)
      sum = static_cast<uint8_t>(sum + byte);
  }
  CHECK(total <= size);
  CHECK(reader.next(frame, Fetch::yes) == step);
  CHECK(step == dataplane::CaptureStep::end || !reader.fault().empty());
  static_cast<void>(sum);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  if (auto reader = dataplane::PcapngReader::open(window_of(data, size))) {
    read_all(*reader.value(), size);
  }
  dataplane::InputWindow window = window_of(data, size);
  if (auto reader = dataplane::PcapReader::open(window)) read_all(*reader, size);
  if (auto reader = dataplane::LibpcapReader::open(window_of(data, size))) {
    read_all(*reader.value(), size);
  }
  return 0;
}
