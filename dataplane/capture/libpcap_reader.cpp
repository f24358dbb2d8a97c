// SPDX-License-Identifier: Apache-2.0
#include "dataplane/capture/libpcap_reader.hpp"

#include "dataplane/link_type.hpp"

#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

namespace dataplane {

using flowtable::Error;
using flowtable::Failure;

ssize_t LibpcapReader::read_window(void* reader, char* out, size_t bytes) {
  InputWindow& input = static_cast<LibpcapReader*>(reader)->input_;
  if (!input.fetch(1)) return input.failed() ? -1 : 0;
  const flowtable::Bytes piece = input.there().first(std::min(bytes, input.there().size()));
  std::ranges::copy(piece, reinterpret_cast<uint8_t*>(out));
  input.pass(piece.size());
  return static_cast<ssize_t>(piece.size());
}

flowtable::OrError<std::unique_ptr<LibpcapReader>> LibpcapReader::open(InputWindow&& input) {
  std::unique_ptr<LibpcapReader> reader(new LibpcapReader(std::move(input)));
  std::FILE* const file =
      fopencookie(reader.get(), "rb",
                  {.read = read_window, .write = nullptr, .seek = nullptr, .close = nullptr});
  if (file == nullptr) return Failure{Error{"cannot be read: no memory"}};
  std::array<char, PCAP_ERRBUF_SIZE> reason{};
  reader->capture_ =
      pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, reason.data());
  if (reader->capture_ == nullptr) {
    std::fclose(file);  // libpcap takes the file only when it succeeds
    return Failure{Error{reason.data()}};
  }
  reader->link_ = link_type_of(static_cast<uint32_t>(pcap_datalink(reader->capture_)));
  return reader;
}

LibpcapReader::~LibpcapReader() {
  if (capture_ != nullptr) pcap_close(capture_);
}

CaptureStep LibpcapReader::next(CaptureFrame& out, Fetch fetch) noexcept {
  if (last_ != CaptureStep::frame) return last_;
  if (fetch == Fetch::no) return CaptureStep::later;  // libpcap has one buffer for all frames
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

std::string LibpcapReader::fault() const {
  const std::string words = pcap_geterr(capture_);
  return (last_ == CaptureStep::truncated ? "ends inside a packet (" : "is broken (") + words + ")";
}

}  // namespace dataplane
