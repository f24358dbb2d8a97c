// SPDX-License-Identifier: Apache-2.0
// Datagrams one after another in the buffer that holds a stream where the transport is TCP.
#pragma once

#include "flowtable/base/byte_reader.hpp"
#include "flowtable/reassembly.hpp"

#include <array>
#include <cstdint>

namespace flowtable {

// Puts a datagram behind those that are there: its length as two bytes, then its bytes. The log was
// started with base_seq 0. False, and nothing stored, where it does not fit whole.
[[nodiscard]] inline bool append_datagram(StreamAssembler& log, Bytes datagram) noexcept {
  const auto end = static_cast<uint32_t>(log.prefix().size());
  if (datagram.size() > 0xffff || !log.covers(end, datagram.size() + 2)) return false;
  const std::array<uint8_t, 2> length = {static_cast<uint8_t>(datagram.size() >> 8),
                                         static_cast<uint8_t>(datagram.size())};
  (void)log.insert(end, length);
  (void)log.insert(end + 2, datagram);
  return true;
}

// Yields the datagrams of a log in the order in which they came. Borrows the log.
class DatagramReader {
 public:
  explicit DatagramReader(Bytes log) noexcept : reader_(log) {}

  // False at the end.
  [[nodiscard]] bool next(Bytes& datagram) noexcept {
    uint16_t length = 0;
    return reader_.u16(length) && reader_.take(length, datagram);
  }

 private:
  ByteReader reader_;
};

}  // namespace flowtable
