// SPDX-License-Identifier: Apache-2.0
// TLS inside TDS packets: how SQL Server and its clients shake hands.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "flowtable/record_scan.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace flowtable {

// Until the TLS handshake is over, both sides put its records into packets of type PRELOGIN
// (MS-TDS 2.2.3.1): type, status, length of the packet with its header (two bytes), SPID (two),
// packet number, window. A record may be cut anywhere by such a header. What follows the handshake
// is bare TLS records, or TDS in clear where only the login is encrypted.
struct TdsHeader {
  static constexpr size_t kBytes = 8;
  static constexpr uint8_t kPrelogin = 0x12;
  static constexpr uint16_t kPacketBytesMax = 32767;  // the most that LOGIN7 can ask for

  uint8_t type = 0;
  bool end_of_message = false;
  uint16_t packet_bytes = 0;  // with the header: kBytes to kPacketBytesMax

  // False where the bytes are no whole header of a PRELOGIN packet; the reader is then unchanged.
  [[nodiscard]] bool read(ByteReader& from) noexcept;
};

// Yields the TLS bytes of one direction, packet by packet, in order. Ends where something else
// follows than PRELOGIN packets or bare records. Borrows the stream, which begins with a packet.
class TdsReader {
 public:
  explicit TdsReader(Bytes stream) noexcept : rest_(stream) {}

  // What one packet carries, as far as it has come, or the bare records behind the last packet.
  // Never empty. False at the end.
  [[nodiscard]] bool next(Bytes& part) noexcept;

 private:
  ByteReader rest_;
};

// The same into one piece: copies as many TLS bytes as `out` has room for, and returns how many.
// They are never more than stream.size().
[[nodiscard]] size_t unwrap_tds(Bytes stream, std::span<uint8_t> out) noexcept;

// RecordScan for a direction in this framing: says when the handshake is over from the packet
// headers alone. No packet header is looked at twice.
class TdsScan {
 public:
  // `prefix` is everything in order from the first packet: each call's begins with the last one's.
  ScanVerdict advance(Bytes prefix) noexcept;

  [[nodiscard]] ScanVerdict verdict() const noexcept { return verdict_; }
  [[nodiscard]] bool saw_client_hello() const noexcept { return first_.saw_client_hello(); }
  [[nodiscard]] bool saw_server_hello() const noexcept { return first_.saw_server_hello(); }
  [[nodiscard]] bool saw_hello() const noexcept { return first_.saw_hello(); }

  // Whether these bytes, the first of a segment, are a PRELOGIN packet with a hello in it, or a
  // header alone that a hello may follow.
  [[nodiscard]] static bool could_start_tls(Bytes first_bytes) noexcept;

 private:
  void judge_start(Bytes prefix) noexcept;
  [[nodiscard]] bool step(Bytes rest) noexcept;

  RecordScan first_;          // of the bytes that tell a hello, no further
  uint32_t next_header_ = 0;  // offset of the next packet; may lie beyond what has come
  ScanVerdict verdict_ = ScanVerdict::need_more;
  bool starts_message_ = true;
};

}  // namespace flowtable
