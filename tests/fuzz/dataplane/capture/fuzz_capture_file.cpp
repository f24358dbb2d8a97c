// SPDX-License-Identifier: Apache-2.0
// Any bytes as a capture file of either format: frames stay within their limits, and reading ends.
#include "dataplane/capture/pcap_reader.hpp"
#include "dataplane/capture/pcapng_reader.hpp"
#include "flowtable/base/check.hpp"

#include <cstdio>
#include <vector>

namespace {

template <typename Reader>
void read_all(const uint8_t* bytes, size_t size) {
  std::vector<uint8_t> copy(bytes, bytes + size);
  std::FILE* file = fmemopen(copy.data(), copy.size(), "rb");
  if (file == nullptr) return;
  auto reader = Reader::open(file);
  if (!reader) return;
  dataplane::CaptureFrame frame;
  size_t total = 0;
  uint8_t sum = 0;
  dataplane::CaptureStep step;
  while ((step = reader.value()->next(frame)) == dataplane::CaptureStep::frame) {
    CHECK(frame.wire_bytes >= frame.bytes.size());
    CHECK(frame.bytes.size() <= dataplane::kFrameBytesMax);
    total += frame.bytes.size();
    for (const uint8_t byte : frame.bytes)
      sum = static_cast<uint8_t>(sum + byte);
  }
  CHECK(total <= size);
  CHECK(reader.value()->next(frame) == step);
  CHECK(step == dataplane::CaptureStep::end || !reader.value()->fault().empty());
  static_cast<void>(sum);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  read_all<dataplane::PcapngReader>(data, size);
  read_all<dataplane::PcapReader>(data, size);
  return 0;
}
