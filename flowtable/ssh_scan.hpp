// SPDX-License-Identifier: Apache-2.0
// How far a direction of an SSH connection has come in clear.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "flowtable/record_scan.hpp"

#include <cstddef>
#include <cstdint>

namespace flowtable {

// Walks over one direction from its first byte: lines that a server may send before (RFC 4253
// section 4.2), the identification line, and packets until SSH_MSG_KEXINIT is whole (section 7.1).
// SSH 1 ends with its identification. State is a place in the stream: no byte is passed twice.
class SshScan {
 public:
  SshScan() noexcept = default;
  // `lines_before`: other lines may come before the identification.
  explicit SshScan(bool lines_before) noexcept : lines_before_(lines_before) {}

  // What this looks through, at most; a KEXINIT has one to two KiB.
  static constexpr size_t kBytesMax = 16 * 1024;

  // `prefix` is everything in order from the start: each call's begins with the last one's.
  ScanVerdict advance(Bytes prefix) noexcept;

  [[nodiscard]] ScanVerdict verdict() const noexcept { return verdict_; }
  [[nodiscard]] bool saw_identification() const noexcept { return phase_ != Phase::lines; }

  // Whether these bytes (at least one) begin with "SSH-", as far as they go.
  [[nodiscard]] static bool could_start(Bytes first_bytes) noexcept;

 private:
  enum class Phase : uint8_t { lines, packets };

  [[nodiscard]] bool step_line(Bytes rest) noexcept;
  [[nodiscard]] bool step_packet(Bytes rest) noexcept;
  bool end(ScanVerdict verdict) noexcept;

  uint32_t next_ = 0;      // offset of the next line or packet; may lie beyond what has come
  uint32_t searched_ = 0;  // bytes of the line at next_ that hold no line end
  bool lines_before_ = false;
  Phase phase_ = Phase::lines;
  ScanVerdict verdict_ = ScanVerdict::need_more;
};

}  // namespace flowtable
