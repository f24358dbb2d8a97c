// SPDX-License-Identifier: Apache-2.0
#include "dataplane/capture/pcap_reader.hpp"

#include "dataplane/link_type.hpp"

#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace dataplane {

using flowtable::Error;
using flowtable::Failure;

flowtable::OrError<std::unique_ptr<PcapReader>> PcapReader::open(std::FILE* file) {
  std::array<char, PCAP_ERRBUF_SIZE> reason{};
  pcap* capture =
      pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, reason.data());
  if (capture == nullptr) {
    std::fclose(file);  // libpcap takes the file only when it succeeds
    return Failure{Error{reason.data()}};
  }
  const auto dlt = static_cast<uint32_t>(pcap_datalink(capture));
  return std::unique_ptr<PcapReader>(new PcapReader(capture, link_type_of(dlt)));
}

PcapReader::~PcapReader() {
  pcap_close(capture_);
}

CaptureStep PcapReader::next(CaptureFrame& out) noexcept {
  if (last_ != CaptureStep::frame) return last_;
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  const int found = pcap_next_ex(capture_, &header, &bytes);
  if (found != 1) {
    // libpcap has one code for all faults; a file that was cut off is told from a broken one by
    // the word it begins the text with.
    const bool cut = std::string_view(pcap_geterr(capture_)).starts_with("truncated");
    last_ = found == PCAP_ERROR_BREAK ? CaptureStep::end
            : cut                     ? CaptureStep::truncated
                                      : CaptureStep::damaged;
    return last_;
  }
  out.bytes = {bytes, header->caplen};
  // Asked for nanoseconds, libpcap gives them in the field of the microseconds. Seconds are
  // 32 bits wide in the file, so the product fits; the fraction may be any 32-bit value.
  out.tick = flowtable::tick_from_ns(int64_t{header->ts.tv_sec} * 1'000'000'000 +
                                     int64_t{header->ts.tv_usec});
  out.wire_bytes = std::max(header->len, header->caplen);
  out.link = link_;
  return CaptureStep::frame;
}

std::string PcapReader::fault() const {
  const std::string words = pcap_geterr(capture_);
  return (last_ == CaptureStep::truncated ? "ends inside a packet (" : "is broken (") + words + ")";
}

}  // namespace dataplane
