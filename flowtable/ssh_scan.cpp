// SPDX-License-Identifier: Apache-2.0
#include "flowtable/ssh_scan.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace flowtable {
namespace {

// Longer than any line that is allowed: 255 bytes for the identification, no limit for those
// before it (RFC 4253 section 4.2).
constexpr size_t kLineBytesMax = 1024;
// RFC 4253 section 6.1: 35,000 bytes have to be borne.
constexpr uint32_t kPacketBytesMax = 35000;
// RFC 4253 sections 6, 7.1, 11; RFC 4250 section 4.1.2.
constexpr uint8_t kIgnore = 2, kDebug = 4, kKexInit = 20;

bool begins_with(Bytes bytes, std::string_view words) noexcept {
  return bytes.size() >= words.size() &&
         std::equal(words.begin(), words.end(), bytes.begin(),
                    [](char word, uint8_t byte) { return static_cast<uint8_t>(word) == byte; });
}

}  // namespace

bool SshScan::could_start(Bytes first_bytes) noexcept {
  constexpr std::string_view kStart = "SSH-";
  return !first_bytes.empty() &&
         begins_with(first_bytes, kStart.substr(0, std::min(first_bytes.size(), kStart.size())));
}

ScanVerdict SshScan::advance(Bytes prefix) noexcept {
  const Bytes bounded = prefix.first(std::min(prefix.size(), kBytesMax));
  if (next_ == 0 && !lines_before_ && !could_start(bounded)) verdict_ = ScanVerdict::not_tls;
  while (verdict_ == ScanVerdict::need_more && next_ < bounded.size()) {
    const Bytes rest = bounded.subspan(next_);
    if (!(phase_ == Phase::lines ? step_line(rest) : step_packet(rest))) break;
  }
  if (verdict_ == ScanVerdict::need_more && bounded.size() == kBytesMax) {
    end(saw_identification() ? ScanVerdict::finished : ScanVerdict::not_tls);
  }
  return verdict_;
}

bool SshScan::step_line(Bytes rest) noexcept {
  const auto line_end = std::find(rest.begin() + searched_, rest.end(), uint8_t{'\n'});
  const auto length = static_cast<size_t>(line_end - rest.begin());
  if (length > kLineBytesMax) return end(ScanVerdict::not_tls);
  if (line_end == rest.end()) {
    searched_ = static_cast<uint32_t>(length);
    return false;
  }
  const Bytes line = rest.first(length);
  next_ += static_cast<uint32_t>(length) + 1;
  searched_ = 0;
  if (!begins_with(line, "SSH-")) return true;
  phase_ = Phase::packets;
  // RFC 4253 section 5.1: 1.99 also speaks 2.0.
  const bool is_2 = begins_with(line, "SSH-2.0-") || begins_with(line, "SSH-1.99-");
  return is_2 || end(ScanVerdict::finished);
}

bool SshScan::step_packet(Bytes rest) noexcept {
  constexpr uint32_t kLengthBytes = 4;
  ByteReader reader(rest);
  uint32_t length = 0;
  uint8_t padding = 0, message = 0;
  if (!reader.u32(length)) return false;
  if (length < 2 || length > kPacketBytesMax) return end(ScanVerdict::finished);
  if (!reader.u8(padding) || !reader.u8(message)) return false;
  if (message == kKexInit) {
    return rest.size() >= kLengthBytes + length && end(ScanVerdict::finished);
  }
  // These may come at any time; after anything else no KEXINIT follows.
  if (message < kIgnore || message > kDebug) return end(ScanVerdict::finished);
  next_ += kLengthBytes + length;
  return true;
}

bool SshScan::end(ScanVerdict verdict) noexcept {
  verdict_ = verdict;
  return false;
}

}  // namespace flowtable
